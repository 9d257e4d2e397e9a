import { toBackoffMs } from "./backoff.ts";
import type { Failure } from "./failures/classify.ts";
import { type Rule, rules } from "./failures/rules.ts";

export interface Situation {
	readonly failure: Failure;
	/** Calls of this turn so far, of all models. */
	readonly attemptsMade: number;
	/** The turn's budget of calls: 3. */
	readonly attemptsMax: number;
	/** Retries of this model so far, those that got no permit included. */
	readonly retriesHere: number;
	/** Whether another model is left that may answer; after `context_length` one with a larger window. */
	readonly hasFallback: boolean;
	/** Milliseconds left until the person must have content or an error message. */
	readonly waitMsMax: number;
	/** Whether the provider's retry budget allows one more. */
	readonly canRetry: boolean;
	/** Whether the conversation can be shortened for another call; without it `context_length` is never retried. */
	readonly canRefit?: boolean;
	/** 0 to below 1. */
	readonly random: () => number;
}

export type NextStep =
	| { readonly do: "retry"; readonly afterMs: number }
	| { readonly do: "fallback" }
	| { readonly do: "end" };

/** With less time left no call is made, because a healthy model may need as long to begin. Two first-content timeouts leave more. */
export const callMsMin = 4_000;
/** When a fallback is left, a retry with a longer wait is not made. */
export const patienceMs = 5_000;

/**
 * What follows a failed call: the table of `rules` within the turn's budgets. One retry comes before a fallback if its wait is
 * short and a call is left for the fallback. After a first-content timeout a fallback comes first, if there is one.
 */
export function nextStep(situation: Situation): NextStep {
	const { failure, attemptsMade, attemptsMax, waitMsMax } = situation;
	const rule = rules[failure.class];
	if (attemptsMade >= attemptsMax || waitMsMax < callMsMin) return { do: "end" };
	const afterMs = toRetryMs(situation, rule);
	if (rule.fallback === false || !situation.hasFallback)
		return afterMs === null ? { do: "end" } : { do: "retry", afterMs };
	const isLastCall = attemptsMade + 1 >= attemptsMax;
	if (afterMs === null || isLastCall || !isWorthRetry(situation, afterMs)) return { do: "fallback" };
	return { do: "retry", afterMs };
}

/** Whether a retry of this model comes before the fallback. */
const isWorthRetry = ({ failure, retriesHere }: Situation, afterMs: number): boolean =>
	retriesHere === 0 && afterMs <= patienceMs && failure.class !== "first_token_timeout";

/** The wait before a retry of this model; null when none may be made. */
function toRetryMs(situation: Situation, { retry }: Rule): number | null {
	const { failure, retriesHere, attemptsMax, canRetry, canRefit, waitMsMax, random } = situation;
	if (retry === "no" || !canRetry) return null;
	if (retriesHere >= (retry === "once" ? 1 : attemptsMax - 1)) return null;
	if (failure.class === "context_length") return canRefit === true ? 0 : null;
	const afterMs = (failure.retryAfterMs ?? 0) + toBackoffMs(retriesHere, random);
	return afterMs + callMsMin <= waitMsMax ? afterMs : null;
}
