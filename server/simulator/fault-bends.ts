import {
	type AnswerPlan,
	type Break,
	endlessBytesMax,
	type Pieces,
	type TokenCount,
	type WireError,
} from "./answer-plan.ts";
import type { FaultCall } from "./options.ts";

/** A fault that changes an answer. */
export type Bend = (plan: AnswerPlan, fault: FaultCall) => AnswerPlan;

/** Where `@N` points: `last` is after the last token, and without a number it is the middle. */
function toPlace(plan: AnswerPlan, fault: FaultCall): number {
	const { length } = plan.pieces;
	if (fault.argument === "last") return length;
	return Math.min(fault.argument ?? Math.floor(length / 2), length);
}

const numberOr = (fault: FaultCall, standard: number) =>
	typeof fault.argument === "number" ? fault.argument : standard;

export const breakAt =
	(kind: Break["kind"], error?: WireError): Bend =>
	(plan, fault) => ({ ...plan, break: { kind, at: toPlace(plan, fault), error } });

export const breakFirst =
	(kind: Break["kind"], error?: WireError): Bend =>
	(plan, fault) => ({ ...plan, break: { kind, at: 0, error, everyMs: Math.max(10, numberOr(fault, 1000)) } });

export const delayFirst: Bend = (plan, fault) => ({
	...plan,
	ttftMs: numberOr(fault, 25_000),
	hasEarlyHeaders: true,
});
export const drip: Bend = (plan, fault) => ({ ...plan, gapMs: numberOr(fault, 1000) });

export const set =
	(change: Partial<AnswerPlan>): Bend =>
	(plan) => ({ ...plan, ...change });

export const withReport =
	(report: (counted: TokenCount, fault: FaultCall) => TokenCount | null | undefined): Bend =>
	(plan, fault) => ({ ...plan, report: (counted) => report(counted, fault) });

export const everyCount = (tokens: number): TokenCount => ({
	promptTokens: tokens,
	cachedTokens: 0,
	completionTokens: tokens,
	reasoningTokens: 0,
});

/** `@N` (3) times as much as was generated, on both sides: more than was reserved, yet no nonsense. */
export const overstate = withReport((counted, fault) => ({
	...counted,
	promptTokens: Math.ceil(counted.promptTokens * numberOr(fault, 3)),
	completionTokens: Math.ceil(counted.completionTokens * numberOr(fault, 3)),
}));

/** The filter strikes after `@N` tokens: the text so far stands and the finish reason says why it ends. */
export const filterResponse: Bend = (plan, fault) => ({
	...plan,
	pieces: { length: toPlace(plan, fault), at: plan.pieces.at },
	finishReason: "content_filter",
});

const withPieces = (plan: AnswerPlan, pieces: Pieces): AnswerPlan => ({
	...plan,
	pieces,
	finishReason: "stop",
});

const mebibyte = 1024 * 1024;
const filler = "All work and no play. ";
export const bigDelta: Bend = (plan) =>
	withPieces(plan, { length: 1, at: () => filler.repeat(mebibyte / filler.length + 1).slice(0, mebibyte) });

const letters = "abcdefghijklmnopqrstuvwxyz ";
export const tinyDeltas: Bend = (plan) => ({
	...withPieces(plan, { length: 50_000, at: (index) => letters[index % letters.length] ?? " " }),
	gapMs: 0,
});

export const empty: Bend = (plan) => withPieces(plan, { length: 0, at: () => "" });

export const endless: Bend = (plan) => ({
	...withPieces(plan, {
		length: Number.POSITIVE_INFINITY,
		at: (index) => (plan.pieces.length === 0 ? "on " : plan.pieces.at(index % plan.pieces.length)),
	}),
	bytesMax: endlessBytesMax,
});
