import {
	type AnswerPlan,
	type Break,
	endlessBytesMax,
	noTokens,
	type Pieces,
	type TokenCount,
	type WireError,
} from "../answers/answer-plan.ts";
import type { FaultCall } from "../requests/options.ts";

/** How a fault changes the plan of an answer. */
export type Alteration = (plan: AnswerPlan, fault: FaultCall) => AnswerPlan;

/** The answer token that `@N` names: `last` is after the last one; without a number it is the middle one. */
function toTokenIndex(plan: AnswerPlan, fault: FaultCall): number {
	const { length } = plan.pieces;
	if (fault.argument === "last") return length;
	return Math.min(fault.argument ?? Math.floor(length / 2), length);
}

const numberOrDefault = (fault: FaultCall, defaultNumber: number) =>
	typeof fault.argument === "number" ? fault.argument : defaultNumber;

export const breakAt =
	(kind: Break["kind"], error?: WireError): Alteration =>
	(plan, fault) => ({ ...plan, break: { kind, at: toTokenIndex(plan, fault), error } });

export const breakFirst =
	(kind: Break["kind"], error?: WireError): Alteration =>
	(plan, fault) => ({
		...plan,
		break: { kind, at: 0, error, everyMs: Math.max(10, numberOrDefault(fault, 1000)) },
	});

export const delayFirst: Alteration = (plan, fault) => ({
	...plan,
	ttftMs: numberOrDefault(fault, 25_000),
	hasEarlyHeaders: true,
});
export const drip: Alteration = (plan, fault) => ({ ...plan, gapMs: numberOrDefault(fault, 1000) });

export const set =
	(change: Partial<AnswerPlan>): Alteration =>
	(plan) => ({ ...plan, ...change });

export const withReport =
	(report: (counted: TokenCount, fault: FaultCall) => TokenCount | null | undefined): Alteration =>
	(plan, fault) => ({ ...plan, report: (counted) => report(counted, fault) });

export const everyCount = (tokens: number): TokenCount => ({
	...noTokens,
	promptTokens: tokens,
	completionTokens: tokens,
});

/** Reports `@N` (3) times the true tokens of prompt and answer: more than was reserved, but possible counts. */
export const overstate = withReport((counted, fault) => ({
	...counted,
	promptTokens: Math.ceil(counted.promptTokens * numberOrDefault(fault, 3)),
	completionTokens: Math.ceil(counted.completionTokens * numberOrDefault(fault, 3)),
}));

/** Reports `@N` (3) times the prompt as read from a cache and as much as written to one: more than there is. */
export const overstateCache = withReport((counted, fault) => {
	const tokens = Math.ceil(counted.promptTokens * numberOrDefault(fault, 3));
	return { ...counted, cachedTokens: tokens, cacheWriteTokens: tokens };
});

/** The content filter ends the answer after `@N` tokens; the text so far is sent. */
export const filterResponse: Alteration = (plan, fault) => ({
	...plan,
	pieces: { length: toTokenIndex(plan, fault), at: plan.pieces.at },
	finishReason: "content_filter",
});

const withPieces = (plan: AnswerPlan, pieces: Pieces): AnswerPlan => ({
	...plan,
	pieces,
	finishReason: "stop",
});

const mebibyte = 1024 * 1024;
const filler = "All work and no play. ";
export const bigDelta: Alteration = (plan) =>
	withPieces(plan, { length: 1, at: () => filler.repeat(mebibyte / filler.length + 1).slice(0, mebibyte) });

const letters = "abcdefghijklmnopqrstuvwxyz ";
export const tinyDeltas: Alteration = (plan) => ({
	...withPieces(plan, { length: 50_000, at: (index) => letters[index % letters.length] ?? " " }),
	gapMs: 0,
});

export const empty: Alteration = (plan) => withPieces(plan, { length: 0, at: () => "" });

export const endless: Alteration = (plan) => ({
	...withPieces(plan, {
		length: Number.POSITIVE_INFINITY,
		at: (index) => (plan.pieces.length === 0 ? "on " : plan.pieces.at(index % plan.pieces.length)),
	}),
	bytesMax: endlessBytesMax,
});
