import type { ModelWindow } from "./budget.ts";

/** A part of the smallest window: the rest is for the question, what was said last, and the answer. */
const pinShare = 0.25;

/** Tokens that the pinned messages of a conversation may have together, so that each of these models can be sent all of them. */
export const toPinTokensMax = (models: readonly ModelWindow[]): number =>
	Math.floor(pinShare * Math.min(...models.map(({ contextWindow }) => contextWindow)));
