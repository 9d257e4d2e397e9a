import { examine, type Finding } from "../finding.ts";
import { compareFigures, isOwn, toBooked } from "./money-checks.ts";
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
	const known = new Map(calls.map((call) => [call.id, call]));
	const seen = new Set<string>();
	const violations = lines.flatMap(({ account, kind, callId, amountNanoUsd }) => {
		const words = `a line "${kind}" of ${amountNanoUsd} on the ${account}'s account`;
		const call = known.get(callId ?? "");
		if (!call) return [`${words} is of no call`];
		if (isOwn(call) && kind === "call")
			return account === "house" ? [] : [`${words} is of the server's own call ${call.name}`];
		if (kind === "correction") return isImported && account === "house" ? [] : [words];
		if (kind === "adjustment") return isImported ? [] : [words];
		if (account === "house") return [];
		if (kind !== "call") return [words];
		if (seen.has(call.id)) return [`${words} is there twice`];
		seen.add(call.id);
		return [];
	});
	const missing = calls
		.filter((call) => !isOwn(call) && !seen.has(call.id))
		.map(({ name }) => `${name} has no line`);
	return {
		id,
		promise: "a call is on its person's account once",
		checked: lines.length,
		violations: [...violations, ...missing],
	};
}

/** What the run must have paid for, so that the other checks say something about it. */
const purposes = ["answer", "title", "draft", "judge", "shadow"];

/** Calls of every purpose are among those that were compared. */
export function checkPurposes({ calls }: MoneyRecords, id: string): Finding {
	const found = new Set(calls.map(({ purpose }) => purpose));
	return examine([id, "calls of every purpose were made"], purposes, (purpose) =>
		found.has(purpose) ? null : `no call was made for: ${purpose}`,
	);
}

/** A call that the server made for itself is on its own account, once, whichever process died in it. */
export function checkOwnCalls({ calls, lines }: MoneyRecords, id: string): Finding {
	const byCall = Map.groupBy(
		lines.filter(({ kind }) => kind === "call"),
		({ callId }) => callId ?? "",
	);
	return examine([id, "a call of the server's own is on its account once"], calls.filter(isOwn), (call) => {
		const accounts = (byCall.get(call.id) ?? []).map(({ account }) => account);
		return accounts.join() === "house" ? null : `${call.name} is on ${accounts.join(", ") || "no account"}`;
	});
}
