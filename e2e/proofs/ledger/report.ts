import type { Finding } from "../kit/finding.ts";
import type { EstimateRow } from "../kit/money/estimates.ts";
import { toUsd } from "../kit/money/usd.ts";
import { countOutcomes, type Report, toText as toReportText } from "../kit/report.ts";
import { toColumns } from "../kit/table.ts";
import type { SumRow } from "./sums.ts";

/** The result of a run. */
export interface LedgerReport {
	readonly title: string;
	/** What happened, in words. */
	readonly notes: readonly string[];
	/** The sums when all turns and calls had ended. */
	readonly before: readonly SumRow[];
	/** The same after the invoice was imported. */
	readonly after: readonly SumRow[];
	readonly estimates: readonly EstimateRow[];
	readonly findings: readonly Finding[];
	readonly warnings: readonly string[];
}

const toSumLines = (rows: readonly SumRow[]): string[] =>
	toColumns([
		["", "US dollars", "difference"],
		...rows.map(({ what, nanoUsd, expectedNanoUsd }) => [
			what,
			toUsd(nanoUsd),
			expectedNanoUsd === null ? "" : `${nanoUsd - expectedNanoUsd}`,
		]),
	]);

/** Per cent with two places. */
const toShare = (part: bigint, whole: bigint) =>
	whole === 0n
		? part === 0n
			? "0.00 %"
			: "-"
		: `${(Number((part * 1_000_000n) / whole) / 10_000).toFixed(2)} %`;

function toEstimateLines(rows: readonly EstimateRow[]): string[] {
	const lines = rows.map(({ kind, calls, bookedNanoUsd, invoicedNanoUsd, absoluteNanoUsd }) => [
		kind,
		String(calls),
		toUsd(bookedNanoUsd),
		toUsd(invoicedNanoUsd),
		toUsd(bookedNanoUsd - invoicedNanoUsd),
		toShare(bookedNanoUsd - invoicedNanoUsd, invoicedNanoUsd),
		toShare(absoluteNanoUsd, invoicedNanoUsd),
	]);
	return toColumns([["", "calls", "booked", "invoice", "error", "of the sum", "call by call"], ...lines]);
}

const toReport = ({ title, findings, notes, warnings }: LedgerReport): Report => ({
	title,
	findings,
	warnings,
	figures: { goals: [], notes },
});

/** The sums side by side, then the findings, for people. */
export function toText(report: LedgerReport): string {
	return [
		"All calls have ended:",
		"",
		...toSumLines(report.before),
		"",
		"Calls without a final usage, by estimate:",
		"",
		...toEstimateLines(report.estimates),
		"",
		"The invoice is imported:",
		"",
		...toSumLines(report.after),
		"",
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
