import type { RouteRoad } from "../contract/kinds.ts";
import { dialMax } from "./policy/policy.ts";

/** Where the tiers of a plan meet, as scores: the chance that a small model's answer is not good enough. */
export interface Bar {
	/** From here on a strong model answers at once. */
	readonly strongFrom: number;
	/** From here on a small model drafts, and its draft is judged before it is shown; below, it answers at once. */
	readonly draftFrom: number;
}

export type Road = Exclude<RouteRoad, "default">;

/** So far below the bar the router is not sure enough to let a small model answer unjudged. */
const draftBand = 0.05;

/**
 * The bar for a dial: 0 asks for no strong model, 10 for no other; between them every step is a tenth more of strong calls.
 *
 * @param toThreshold the score from which on a share of calls (0 to 1) is strong.
 */
export function toBar(dial: number, toThreshold: (strongShare: number) => number): Bar {
	if (dial <= 0) return { strongFrom: Number.POSITIVE_INFINITY, draftFrom: Number.POSITIVE_INFINITY };
	if (dial >= dialMax) return { strongFrom: Number.NEGATIVE_INFINITY, draftFrom: Number.NEGATIVE_INFINITY };
	return toBarAt(toThreshold(dial / dialMax));
}

export const toBarAt = (strongFrom: number): Bar => ({ strongFrom, draftFrom: strongFrom - draftBand });

export const chooseRoad = (score: number, { strongFrom, draftFrom }: Bar): Road =>
	score >= strongFrom ? "strong" : score >= draftFrom ? "draft" : "small";

/** Whether a judged draft is shown; one that is not good enough goes on to a strong model, and both are paid. */
export const isAccepted = (judgedScore: number, { strongFrom }: Bar): boolean => judgedScore < strongFrom;
