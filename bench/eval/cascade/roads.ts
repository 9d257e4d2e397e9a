import { type Bar, chooseRoad, isAccepted } from "../../../server/cascade/road.ts";
import type { Point } from "./curve.ts";
import type { Item } from "./recorded.ts";

/** A request with what is known before a call (`score`) and after a draft (`judged`). */
export interface ScoredItem extends Item {
	readonly score: number;
	readonly judged: number;
}

/** All requests by a policy. */
export function runAtBar(items: readonly ScoredItem[], bar: Bar): Point {
	let [usd, quality, strong, escalated] = [0, 0, 0, 0];
	for (const item of items) {
		const road = chooseRoad(item.score, bar);
		const isEscalated = road === "draft" && !isAccepted(item.judged, bar);
		const isStrong = road === "strong" || isEscalated;
		usd += (isStrong ? item.strong.usd : 0) + (road === "strong" ? 0 : item.small.usd);
		quality += isStrong ? item.strong.quality : item.small.quality;
		strong += isStrong ? 1 : 0;
		escalated += isEscalated ? 1 : 0;
	}
	const count = items.length;
	return {
		usd: usd / count,
		quality: quality / count,
		strongShare: strong / count,
		escalatedShare: escalated / count,
	};
}

/** All bars from no strong call to no other. */
export function toPolicyCurve(items: readonly ScoredItem[], toBar: (strongFrom: number) => Bar): Point[] {
	const scores = [...new Set(items.map(({ score }) => score))].toSorted((one, other) => other - one);
	return [Number.POSITIVE_INFINITY, ...scores, Number.NEGATIVE_INFINITY].map((score) =>
		runAtBar(items, toBar(score)),
	);
}

/** Requests sent to the strong model in the order of a score; equal scores go together, which is their average order. */
export const toScoreCurve = (items: readonly Item[], toScore: (item: Item) => number): Point[] =>
	toPolicyCurve(
		items.map((item) => ({ ...item, score: toScore(item), judged: 0 })),
		(strongFrom) => ({ strongFrom, draftFrom: strongFrom }),
	);
