import type { Finding } from "../chaos/invariants.ts";
import { countOutcomes, type Report, toText as toReportText } from "../chaos/report.ts";
import type { EstimateRow, Row } from "./compare.ts";

/** All that a run found out. */
export interface LedgerReport {
	readonly title: string;
	/** What happened, in words. */
	readonly notes: readonly string[];
	/** The books as they were when everything had ended. */
	readonly before: readonly Row[];
	/** The same when the invoice was imported. */
	readonly after: readonly Row[];
	readonly estimates: readonly EstimateRow[];
	readonly findings: readonly Finding[];
	readonly warnings: readonly string[];
}

/** US dollars, exact. */
export function toUsd(nanoUsd: bigint): string {
	const [sign, size] = nanoUsd < 0n ? ["-", -nanoUsd] : ["", nanoUsd];
	return `${sign}${size / 1_000_000_000n}.${(size % 1_000_000_000n).toString().padStart(9, "0")}`;
}

/** Lines of cells under one another; the first cell to the left, figures to the right. */
export function toColumns(lines: readonly (readonly string[])[]): string[] {
	const widths = (lines[0] ?? []).map((_, column) =>
		Math.max(...lines.map((line) => line[column]?.length ?? 0)),
	);
	return lines.map((line) =>
		line
			.map((cell, column) =>
				column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
			)
			.join("  ")
			.trimEnd(),
	);
}

const toBookLines = (rows: readonly Row[]): string[] =>
	toColumns([
		["", "US dollars", "difference"],
		...rows.map(({ what, nanoUsd, expectedNanoUsd }) => [
			...[what, toUsd(nanoUsd), expectedNanoUsd === null ? "" : `${nanoUsd - expectedNanoUsd}`],
		]),
	]);

/** Per cent of what was asked for, with two places. */
const toShare = (part: bigint, whole: bigint) =>
	whole === 0n
		? part === 0n
			? "0.00 %"
			: "-"
		: `${(Number((part * 1_000_000n) / whole) / 10_000).toFixed(2)} %`;

function toEstimateLines(rows: readonly EstimateRow[]): string[] {
	const lines = rows.map(({ kind, calls, bookedNanoUsd, invoicedNanoUsd, absoluteNanoUsd }) => [
		...[kind, String(calls), toUsd(bookedNanoUsd), toUsd(invoicedNanoUsd)],
		...[toUsd(bookedNanoUsd - invoicedNanoUsd), toShare(bookedNanoUsd - invoicedNanoUsd, invoicedNanoUsd)],
		toShare(absoluteNanoUsd, invoicedNanoUsd),
	]);
	return toColumns([["", "calls", "booked", "invoice", "error", "of the sum", "call by call"], ...lines]);
}

const toReport = ({ title, findings, notes, warnings }: LedgerReport): Report => ({
	...{ title, findings, warnings },
	figures: { goals: [], notes },
});

/** The books side by side, for people. */
export function toText(report: LedgerReport): string {
	return [
		...["All calls have ended:", "", ...toBookLines(report.before), ""],
		...["Calls without a final usage, by estimate:", "", ...toEstimateLines(report.estimates), ""],
		...["The invoice is imported:", "", ...toBookLines(report.after), ""],
		toReportText(toReport(report)),
	].join("\n");
}

/** One document; nano-dollars as decimal strings. */
export function toJson(report: LedgerReport): string {
	return JSON.stringify({ ...report, ...countOutcomes(toReport(report)) }, (_, value) =>
		typeof value === "bigint" ? value.toString() : value,
	);
}

export const hasFailed = (report: LedgerReport) => countOutcomes(toReport(report)).failed > 0;
