import type { Finding } from "../finding.ts";
import { compareFigures, toBooked } from "./money-checks.ts";
import type { MoneyRecords } from "./money-records.ts";

/** Before any import, the lines of a call are its cost. */
export function checkCallLines(records: MoneyRecords, id: string): Finding {
	const booked = toBooked(records);
	return compareFigures(
		[id, "a call's lines add up to its cost"],
		records.calls.map((call) => ({ name: call.name, actual: booked(call), expected: call.costNanoUsd })),
	);
}

/**
 * Every call is on its person's account once, and nothing else is charged. Corrections and credits (adjustments of both accounts)
 * follow an import only, and are of a call.
 */
export function checkStrayLines(
	{ calls, lines }: MoneyRecords,
	id: string,
	{ isImported = false } = {},
): Finding {
	const known = new Set(calls.map((call) => call.id));
	const seen = new Set<string>();
	const violations = lines.flatMap(({ account, kind, callId, amountNanoUsd }) => {
		const words = `a line "${kind}" of ${amountNanoUsd} on the ${account}'s account`;
		if (callId === null || !known.has(callId)) return [`${words} is of no call`];
		if (kind === "correction") return isImported && account === "house" ? [] : [words];
		if (kind === "adjustment") return isImported ? [] : [words];
		if (account === "house") return [];
		if (kind !== "call") return [words];
		if (seen.has(callId)) return [`${words} is there twice`];
		seen.add(callId);
		return [];
	});
	const missing = calls.filter((call) => !seen.has(call.id)).map(({ name }) => `${name} has no line`);
	return {
		id,
		promise: "a call is on its person's account once",
		checked: lines.length,
		violations: [...violations, ...missing],
	};
}
