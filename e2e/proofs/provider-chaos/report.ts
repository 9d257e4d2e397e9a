import { type Goal, toGoalLine } from "../../../bench/goal.ts";
import type { Verdict } from "./play-rows.ts";
import type { TurnRecord } from "./verdict/turn-record.ts";

export interface Report {
	/** What was run, so that it can be run again. */
	readonly title: string;
	readonly verdicts: readonly Verdict[];
	readonly goals: readonly Goal[];
	readonly notes: readonly string[];
	/** What the servers logged. */
	readonly warnings: readonly string[];
}

export function countOutcomes({ verdicts, goals }: Report): { passed: number; failed: number } {
	const outcomes = [
		...verdicts.map(({ complaints }) => complaints.length === 0),
		...goals.map(({ isReached }) => isReached),
	];
	const passed = outcomes.filter(Boolean).length;
	return { passed, failed: outcomes.length - passed };
}

/** What the person had on the screen in the end. */
function toSight({ shownText, words, problem }: TurnRecord): string {
	const text = shownText === "" ? "" : `${JSON.stringify(shownText.slice(0, 24))}… (${shownText.length})`;
	return problem ?? ([text, words && `“${words}”`].filter(Boolean).join(", ") || "nothing");
}

function toCalls({ upstream }: TurnRecord): string {
	const counts = Map.groupBy(upstream, ({ to }) => to);
	return Array.from(counts, ([to, calls]) => `${calls.length} ${to}`).join(" + ") || "0";
}

const toDollars = (nanoUsd: bigint): string => `$${(Number(nanoUsd) / 1e9).toFixed(9)}`;

function toRow({ row, turns, complaints }: Verdict): string[] {
	const [seen] = turns;
	if (!seen) return [];
	const isOk = complaints.length === 0;
	const house = seen.houseNanoUsd > 0n ? ` (house ${toDollars(seen.houseNanoUsd)})` : "";
	const cells = [
		isOk ? "ok    " : "not ok",
		row.name.padEnd(48),
		`${seen.status}${turns.length > 1 ? ` (first of ${turns.length})` : ""}`.padEnd(18),
		toCalls(seen).padEnd(16),
		`${toDollars(seen.personNanoUsd)}${house}`.padEnd(34),
		`${(seen.firstMs / 1_000).toFixed(2)} s`.padStart(8),
		`${(seen.totalMs / 1_000).toFixed(2)} s`.padStart(9),
		` ${toSight(seen)}`,
	];
	return [cells.join(" "), ...complaints.slice(0, 5).map((complaint) => `         ${complaint}`)];
}

/** For people: a line for every row, the outage's numbers, and the line that counts it all. */
export function toText(report: Report): string {
	const { title, verdicts, goals, notes, warnings } = report;
	const { passed, failed } = countOutcomes(report);
	const head = [
		"      ",
		"row".padEnd(48),
		"end".padEnd(18),
		"requests".padEnd(16),
		"charge".padEnd(34),
		"   first",
		"      end",
		" what the person saw",
	].join(" ");
	return [
		title,
		"",
		...(verdicts.length > 0 ? [head, ...verdicts.flatMap(toRow), ""] : []),
		...(warnings.length > 0 ? ["The servers logged:", ...warnings.map((words) => `  ${words}`), ""] : []),
		...(notes.length > 0 ? [...notes, ""] : []),
		...(goals.length > 0 ? [...goals.map(toGoalLine), ""] : []),
		`${passed} passed, ${failed} failed`,
	].join("\n");
}

/** One line of JSON for every row, and a last one that sums it up. */
export function toJsonLines(report: Report): string {
	const { verdicts, ...rest } = report;
	const lines = verdicts.map(({ row, turns, complaints }) => ({
		row: row.name,
		sim: row.sim,
		isOk: complaints.length === 0,
		complaints,
		turns: turns.map((seen) => ({
			status: seen.status,
			code: seen.code,
			words: seen.words,
			characters: seen.shownText.length,
			firstMs: seen.firstMs,
			totalMs: seen.totalMs,
			upstream: toCalls(seen),
			personNanoUsd: seen.personNanoUsd.toString(),
			houseNanoUsd: seen.houseNanoUsd.toString(),
		})),
	}));
	return [...lines, { summary: true, ...rest, ...countOutcomes(report) }]
		.map((line) => JSON.stringify(line))
		.join("\n");
}
