import { toBackoffMs } from "./backoff.ts";
import type { Failure } from "./classify.ts";
import { type Rule, rules } from "./rules.ts";

export interface Situation {
	readonly failure: Failure;
	/** Calls made so far, here and elsewhere. */
	readonly attemptsMade: number;
	/** 3 in a turn's budget. */
	readonly attemptsMax: number;
	/** Further calls decided for this model since it was first asked, refused ones included. */
	readonly retriesHere: number;
	/** Whether another model is left to ask, and whether one of them has a larger window. */
	readonly hasFallback: boolean;
	readonly hasLargerFallback?: boolean;
	/** Milliseconds left until the person must have content or words. */
	readonly waitMsMax: number;
	/** Whether the provider's retry budget allows one more. */
	readonly canRetry: boolean;
	/** Whether the conversation can be made shorter for the next call: without it, `context_length` is never retried. */
	readonly canRefit?: boolean;
	/** 0 to below 1. */
	readonly random: () => number;
}

export type NextStep =
	| { readonly do: "retry"; readonly afterMs: number }
	| { readonly do: "fallback" }
	| { readonly do: "end" };

/** With less than this left no call is made: a model that is well would hardly have begun. Two silent ones leave more. */
export const callMsMin = 4_000;
/** With a fallback at hand a longer wait is no service to the person who looks at the screen. */
export const patienceMs = 5_000;

/**
 * What comes after a failed call: the table of `rules` under the turn's budgets. A retry here comes before a fallback, once, if
 * its wait is short and a call is left for the fallback; a model that kept silent for its whole time is not asked again
 * when there is another one.
 */
export function nextStep(situation: Situation): NextStep {
	const { failure, attemptsMade, attemptsMax, waitMsMax } = situation;
	const rule = rules[failure.class];
	if (attemptsMade >= attemptsMax || waitMsMax < callMsMin) return { do: "end" };
	const afterMs = toRetryMs(situation, rule);
	if (!mayFallBack(situation, rule)) return afterMs === null ? { do: "end" } : { do: "retry", afterMs };
	const isLastCall = attemptsMade + 1 >= attemptsMax;
	if (afterMs === null || isLastCall || !isWorthRetry(situation, afterMs)) return { do: "fallback" };
	return { do: "retry", afterMs };
}

function mayFallBack({ hasFallback, hasLargerFallback }: Situation, { fallback }: Rule): boolean {
	return fallback === "larger-window" ? hasLargerFallback === true : fallback && hasFallback;
}

/** Whether asking here again comes before the fallback. */
const isWorthRetry = ({ failure, retriesHere }: Situation, afterMs: number): boolean =>
	retriesHere === 0 && afterMs <= patienceMs && failure.class !== "first_token_timeout";

/** The wait before another call here, or null when none may be made. */
function toRetryMs(situation: Situation, { retry }: Rule): number | null {
	const { failure, retriesHere, attemptsMax, canRetry, canRefit, waitMsMax, random } = situation;
	if (retry === "no" || !canRetry) return null;
	if (retriesHere >= (retry === "once" ? 1 : attemptsMax - 1)) return null;
	if (failure.class === "context_length") return canRefit === true ? 0 : null;
	const afterMs = (failure.retryAfterMs ?? 0) + toBackoffMs(retriesHere, random);
	return afterMs + callMsMin <= waitMsMax ? afterMs : null;
}
