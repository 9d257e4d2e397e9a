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

export interface Goal {
	readonly what: string;
	readonly measured: number;
	readonly goal: number;
	readonly unit: string;
	readonly isReached: boolean;
	/** How the figure came about. */
	readonly detail: string;
}

const median = (values: readonly number[]): number => {
	const sorted = values.toSorted((a, b) => a - b);
	const upper = sorted[sorted.length >> 1] ?? Number.NaN;
	return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? Number.NaN)) / 2;
};

/** Of values that are sorted. */
const quantile = (values: readonly number[], share: number): number =>
	values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;

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

/** The goals of the first release, as far as their levels were measured. */
export function toGoals(rows: readonly Row[]): Goal[] {
	const find = (target: Row["target"], concurrent: number) =>
		rows.find((row) => row.target === target && row.concurrent === concurrent);
	const goals: Goal[] = [];
	const [bare50, parley50] = [find("bare", 50), find("parley", 50)];
	if (bare50 && parley50) {
		const [added, bareAdded] = [parley50.firstTokenMs.p50, bare50.firstTokenMs.p50];
		goals.push({
			what: "first token added at 50 concurrent, median, to the bare route's",
			...toRatio(added / bareAdded, 3),
			detail: `${added.toFixed(1)} ms to ${bareAdded.toFixed(1)} ms`,
		});
	}
	if (parley50) {
		const measured = parley50.laterTokenMs.p99;
		const what = "delay of later tokens at 50 concurrent, p99";
		const detail = `median ${parley50.laterTokenMs.p50.toFixed(1)} ms`;
		goals.push({ what, measured, goal: 100, unit: " ms", isReached: measured <= 100, detail });
	}
	const [bare200, parley200] = [find("bare", 200), find("parley", 200)];
	if (bare200 && parley200)
		goals.push({
			what: "CPU of 1,000 streams at 200 concurrent, to the bare route's",
			...toRatio(parley200.cpuSeconds / bare200.cpuSeconds, 2),
			detail: `${parley200.cpuSeconds.toFixed(1)} s to ${bare200.cpuSeconds.toFixed(1)} s`,
		});
	const failed = rows.reduce((sum, row) => sum + (row.target === "parley" ? row.failed : 0), 0);
	const what = "failed streams of Parley";
	goals.push({ what, measured: failed, goal: 0, unit: "", isReached: failed === 0, detail: "all levels" });
	return goals;
}

const toRatio = (measured: number, goal: number) => ({
	measured,
	goal,
	unit: " x",
	isReached: measured <= goal,
});

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

export function toGoalLine({ what, measured, goal, unit, isReached, detail }: Goal): string {
	const figure = Number.isInteger(measured) ? String(measured) : measured.toFixed(2);
	const verdict = isReached ? "reached" : "not reached";
	return `${verdict.padEnd(11)}  ${what}: ${figure}${unit} (goal <= ${goal}${unit}; ${detail})`;
}
