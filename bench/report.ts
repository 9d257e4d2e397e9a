import { type Goal, quantile, toGoal } from "./goal.ts";
import type { Phase } from "./load.ts";

/** A target at one level: medians over the rounds. */
export interface Row {
	readonly target: Phase["target"];
	readonly concurrent: number;
	readonly streams: number;
	readonly failed: number;
	readonly failures: Record<string, number>;
	readonly streamsPerSecond: number;
	readonly firstTokenMs: { readonly p50: number; readonly p95: number; readonly p99: number };
	readonly laterTokenMs: { readonly p50: number; readonly p99: number };
	/** Seconds for 1,000 streams. */
	readonly cpuSeconds: number;
	readonly databaseCpuSeconds: number;
	readonly streamsPerSecondPerCore: number;
	readonly rssMiB: number;
}

const median = (values: readonly number[]): number => {
	const sorted = values.toSorted((a, b) => a - b);
	const upper = sorted[sorted.length >> 1] ?? Number.NaN;
	return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? Number.NaN)) / 2;
};

/** One row for each target and level, in the order in which they were first measured. */
export function toRows(phases: readonly Phase[]): Row[] {
	const groups = Map.groupBy(phases, ({ target, concurrent }) => `${concurrent} ${target}`);
	return [...groups.values()].flatMap((rounds) => (rounds[0] ? [toRow(rounds[0], rounds)] : []));
}

function toRow({ target, concurrent }: Phase, rounds: readonly Phase[]): Row {
	const over = (read: (phase: Phase) => number) => median(rounds.map(read));
	const firstToken = (share: number) => over(({ firstTokenMs }) => quantile(firstTokenMs, share));
	const laterToken = (share: number) => over(({ laterTokenMs }) => quantile(laterTokenMs, share));
	const cpuSeconds = over((phase) => (phase.cpuSeconds * 1_000) / phase.streams);
	const failures: Record<string, number> = {};
	for (const phase of rounds)
		for (const [reason, count] of Object.entries(phase.failures))
			failures[reason] = (failures[reason] ?? 0) + count;
	return {
		target,
		concurrent,
		failures,
		cpuSeconds,
		streams: rounds.reduce((sum, { streams }) => sum + streams, 0),
		failed: Object.values(failures).reduce((sum, count) => sum + count, 0),
		streamsPerSecond: over(({ streams, seconds }) => streams / seconds),
		firstTokenMs: { p50: firstToken(0.5), p95: firstToken(0.95), p99: firstToken(0.99) },
		laterTokenMs: { p50: laterToken(0.5), p99: laterToken(0.99) },
		databaseCpuSeconds: over((phase) => (phase.databaseCpuSeconds * 1_000) / phase.streams),
		streamsPerSecondPerCore: 1_000 / cpuSeconds,
		rssMiB: over(({ rssBytes }) => rssBytes / 2 ** 20),
	};
}

/** What a turn may cost beside a bare Next route and, when it was measured, Portkey: the goals, as far as their levels were measured. */
export function toGoals(rows: readonly Row[], heldKiB: ReadonlyMap<Row["target"], number>): Goal[] {
	const find = (target: Row["target"], concurrent: number) =>
		rows.find((row) => row.target === target && row.concurrent === concurrent);
	const goals: Goal[] = [];
	for (const concurrent of new Set(rows.map((row) => row.concurrent))) {
		const [bare, portkey, parley] = [
			find("bare", concurrent),
			find("portkey", concurrent),
			find("parley", concurrent),
		];
		if (!bare || !parley) continue;
		if (concurrent === 50) goals.push(toFirstTokenRatio(parley, bare, 2));
		if (concurrent === 200) goals.push(...toSteadyGoals(parley, portkey));
		if (concurrent === 500) goals.push(toFirstTokenRatio(parley, bare, 1), ...toFullGoals(parley, portkey));
	}
	const [bareKiB, parleyKiB] = [heldKiB.get("bare"), heldKiB.get("parley")];
	if (bareKiB !== undefined && parleyKiB !== undefined)
		goals.push(
			toGoal("memory of an open stream, to the bare route's", parleyKiB / bareKiB, {
				goal: 1.2,
				unit: " x",
				detail: `${parleyKiB.toFixed(0)} KiB to ${bareKiB.toFixed(0)} KiB`,
			}),
		);
	const failed = rows.reduce((sum, row) => sum + (row.target === "parley" ? row.failed : 0), 0);
	goals.push(toGoal("failed streams of Parley", failed, { goal: 0, unit: "", detail: "all levels" }));
	return goals;
}

function toFirstTokenRatio(parley: Row, bare: Row, goal: number): Goal {
	const [added, bareAdded] = [parley.firstTokenMs.p50, bare.firstTokenMs.p50];
	const what = `first token added at ${parley.concurrent} concurrent, p50, to the bare route's`;
	return toGoal(what, added / bareAdded, {
		goal,
		unit: " x",
		detail: `${added.toFixed(1)} ms to ${bareAdded.toFixed(1)} ms`,
	});
}

function toSteadyGoals(parley: Row, portkey: Row | undefined): Goal[] {
	const { p50, p99 } = parley.laterTokenMs;
	const goals = [
		toGoal("first token added at 200 concurrent, p50", parley.firstTokenMs.p50, {
			goal: 15,
			unit: " ms",
			detail: `p95 ${parley.firstTokenMs.p95.toFixed(1)} ms`,
		}),
		toGoal("delay of later tokens at 200 concurrent, p50", p50, { goal: 50, unit: " ms", detail: "" }),
		toGoal("delay of later tokens at 200 concurrent, p99", p99, { goal: 100, unit: " ms", detail: "" }),
		toGoal(
			"CPU of the database at 200 concurrent, to Parley's own",
			parley.databaseCpuSeconds / parley.cpuSeconds,
			{
				goal: 0.4,
				unit: " x",
				detail: `${parley.databaseCpuSeconds.toFixed(1)} s to ${parley.cpuSeconds.toFixed(1)} s for 1,000 streams`,
			},
		),
	];
	if (portkey)
		goals.push(
			toGoal("CPU of a stream at 200 concurrent, to Portkey's", parley.cpuSeconds / portkey.cpuSeconds, {
				goal: 1 / 1.1,
				unit: " x",
				detail: `${parley.streamsPerSecondPerCore.toFixed(0)} to ${portkey.streamsPerSecondPerCore.toFixed(0)} streams/s per core`,
			}),
		);
	return goals;
}

function toFullGoals(parley: Row, portkey: Row | undefined): Goal[] {
	if (!portkey) return [];
	return [
		toGoal(
			"Portkey's throughput at 500 concurrent, to Parley's",
			portkey.streamsPerSecond / parley.streamsPerSecond,
			{
				goal: 1,
				unit: " x",
				detail: `${portkey.streamsPerSecond.toFixed(1)} to ${parley.streamsPerSecond.toFixed(1)} streams/s`,
			},
		),
	];
}

const columns: readonly [string, (row: Row) => string][] = [
	["concurrent", (row) => String(row.concurrent)],
	["target", (row) => row.target],
	["ok/failed", (row) => `${row.streams}/${row.failed}`],
	["streams/s", (row) => row.streamsPerSecond.toFixed(1)],
	["TTFT+ ms p50/p95/p99", ({ firstTokenMs: ms }) => toFigures([ms.p50, ms.p95, ms.p99])],
	["later token ms p50/p99", ({ laterTokenMs: ms }) => toFigures([ms.p50, ms.p99])],
	["CPU s/1,000", (row) => row.cpuSeconds.toFixed(1)],
	["database s/1,000", (row) => row.databaseCpuSeconds.toFixed(1)],
	["streams/s per core", (row) => row.streamsPerSecondPerCore.toFixed(0)],
	["RSS MiB", (row) => row.rssMiB.toFixed(0)],
];

const toFigures = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(" / ");

export function toTable(rows: readonly Row[]): string {
	const lines = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, show]) => show(row)))];
	const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
	return lines
		.map((line) =>
			line
				.map((cell, column) => cell.padStart(widths[column] ?? 0))
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}
