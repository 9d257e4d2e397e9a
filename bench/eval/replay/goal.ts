import type { CostRow } from "./compare.ts";

/** Of the questions whose evidence a fifth of the conversation has, `auto` may lose one of twenty: what is cheap and forgets is no goal. */
const evidenceShare = 0.95;
/** Beyond the whole conversation from a cache that is always warm. */
const warmShare = 1.05;

/** What a way to send a thread misses; nothing when both goals are reached. Without questions only the cost counts. */
export function findMissed(
	row: Pick<CostRow, "warm" | "full" | "fresh" | "auto" | "found" | "foundFresh">,
): ("cost" | "evidence")[] {
	const { warm, full, fresh, auto, found, foundFresh } = row;
	const most = warm === 1 ? warmShare * full : Math.min(full, fresh);
	return [
		...(auto > most ? (["cost"] as const) : []),
		...(found < evidenceShare * foundFresh ? (["evidence"] as const) : []),
	];
}
