import { type Goal, toGoalLine } from "../../../bench/goal.ts";
import type { Finding } from "./finding.ts";

/** The figures of one run. */
export interface Figures {
	readonly goals: readonly Goal[];
	/** What has no goal, in words. */
	readonly notes: readonly string[];
}

export interface Report {
	/** What was run, so that it can be run again. */
	readonly title: string;
	readonly findings: readonly Finding[];
	readonly figures: Figures;
	/** Warnings and errors of the servers' logs. */
	readonly warnings: readonly string[];
}

/** Violations that are printed in full; one broken promise may be broken a thousand times. */
const printedMax = 10;

/** A promise that nothing was checked for is unproven, and counts as broken. */
const isKept = ({ checked, violations }: Finding) => checked > 0 && violations.length === 0;

export function countOutcomes({ findings, figures }: Report): { passed: number; failed: number } {
	const outcomes = [...findings.map(isKept), ...figures.goals.map(({ isReached }) => isReached)];
	const passed = outcomes.filter(Boolean).length;
	return { passed, failed: outcomes.length - passed };
}

/** For people: a table of promises, what broke them, the figures, and the line with the sum. */
export function toText(report: Report): string {
	const { title, findings, figures, warnings } = report;
	const { passed, failed } = countOutcomes(report);
	const idWidth = Math.max(...findings.map(({ id }) => id.length));
	const width = Math.max(...findings.map(({ promise }) => promise.length));
	const rows = findings.map(({ id, promise, checked, violations }) =>
		[
			id.padEnd(idWidth),
			promise.padEnd(width),
			String(checked).padStart(8),
			String(violations.length).padStart(10),
		].join("  "),
	);
	const head = ["".padEnd(idWidth), "invariant".padEnd(width), " checked", "violations"].join("  ");
	const violated = findings.flatMap(({ id, promise, checked, violations }) => [
		...(checked > 0 ? [] : [`  ${id}: nothing was checked for "${promise}"`]),
		...violations.slice(0, printedMax).map((violation) => `  ${id}: ${violation}`),
		...(violations.length > printedMax ? [`  ${id}: and ${violations.length - printedMax} more`] : []),
	]);
	return [
		title,
		"",
		head,
		...rows,
		"",
		...(violated.length > 0 ? ["Violations:", ...violated, ""] : []),
		...(warnings.length > 0 ? ["The servers logged:", ...warnings.map((words) => `  ${words}`), ""] : []),
		...figures.notes,
		"",
		...figures.goals.map(toGoalLine),
		"",
		`${passed} passed, ${failed} failed`,
	].join("\n");
}

export function toJson(report: Report): string {
	const findings = report.findings.map(({ violations, ...finding }) => ({
		...finding,
		violations: violations.length,
		examples: violations.slice(0, printedMax),
	}));
	return JSON.stringify({ ...report, findings, ...countOutcomes(report) });
}
