import { callMsMin, type Ending, rules } from "../resilience/index.ts";

/** What is left for a turn when a choice of its route could not answer. */
export interface Situation {
	readonly ending: Ending;
	/** The person has something of the answer. */
	readonly hasContent: boolean;
	/** Calls left of the turn's budget. */
	readonly callsLeft: number;
	/** Milliseconds until the person must have content or a failure. */
	readonly waitMsMax: number;
}

/**
 * Whether the next choice of the route is called: before content, when another model may answer after a failure of this kind, and
 * while the turn has a call and time for it left. A verdict on what was asked is final, whichever model gave it.
 */
export function mayMoveOn({ ending, hasContent, callsLeft, waitMsMax }: Situation): boolean {
	if (hasContent) return false;
	// Nothing was called: the person's limits had no room for this model, and a cheaper one may come next.
	if (ending.code === "quota_exceeded" && ending.class === undefined) return callsLeft > 0;
	if (ending.class === undefined) return false;
	return rules[ending.class].fallback === true && callsLeft > 0 && waitMsMax >= callMsMin;
}
