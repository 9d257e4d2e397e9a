import type { FaultPlace } from "./source-fault.ts";

/** What the tests made of a fault. An invalid one could not be tried: its anchor or its tests are gone. */
export interface Outcome {
	readonly fault: FaultPlace;
	/** The tests, or the proof, that were to find it. */
	readonly by: string;
	readonly result: "found" | "survived" | "invalid";
	/** The test that found it, or why none did. */
	readonly words: string;
}

const foundShareMin = 0.9;

const count = (outcomes: readonly Outcome[], wanted: Outcome["result"]) =>
	outcomes.filter(({ result }) => result === wanted).length;

/** Whether enough faults were found, and every one of them could be tried. */
export const isAcceptable = (outcomes: readonly Outcome[]): boolean =>
	outcomes.length > 0 &&
	count(outcomes, "invalid") === 0 &&
	count(outcomes, "found") >= outcomes.length * foundShareMin;

export function toText(outcomes: readonly Outcome[]): string {
	const found = count(outcomes, "found");
	const others = outcomes.filter(({ result }) => result !== "found");
	return [
		...others.map(
			({ fault, by, result, words }) => `✗ ${result}: ${fault.what} (${fault.file}), by ${by}: ${words}`,
		),
		`${found} of ${outcomes.length} faults found`,
		`${found} passed, ${isAcceptable(outcomes) ? 0 : outcomes.length - found} failed`,
	].join("\n");
}

export function toJson(outcomes: readonly Outcome[]): string {
	return JSON.stringify({
		faults: outcomes.map(({ fault: { what, file }, ...outcome }) => ({ what, file, ...outcome })),
		found: count(outcomes, "found"),
		tried: outcomes.length,
		isAcceptable: isAcceptable(outcomes),
	});
}
