import type { CatalogueModel } from "../models/index.ts";
import * as resilience from "../resilience/index.ts";
import type { AnswerRooms, AskedOf } from "./answer.ts";
import type { Attempt } from "./attempt.ts";

/** Calls of models until one answers. */
const attemptsMax = 3;
/** Times that another model goes on with an answer that broke off. */
const continuationsMax = 1;

/** The person has seen something of this turn. */
export const hasContent = (attempts: readonly Attempt[]): boolean =>
	attempts.some(({ call }) => call.firstTokenMs !== null);

/** A continuation that failed leaves what there was; a filter's verdict on it stays one. */
export const toInterrupted = (ending: Attempt["ending"]): Attempt["ending"] =>
	ending.status === "filtered_response" || ending.class === "empty_answer"
		? ending
		: resilience.toFailure("midstream");

/** Whether the turn has called a model of the same provider: another call of it is a retry, whichever model it is for. */
export const wasAsked = ({ providerId }: CatalogueModel, attempts: readonly Attempt[]): boolean =>
	attempts.some(({ call }) => call.providerId === providerId);

/** Whether another model can do better at a failure of this kind, and its provider may be called. */
export function mayStandIn(
	other: CatalogueModel,
	{ model, failure, attempts }: Pick<Failed, "failure" | "attempts"> & Pick<AskedOf, "model">,
	{ retryBudget }: Pick<AnswerRooms, "retryBudget">,
): boolean {
	if (failure.class === "context_length" && other.contextWindow <= model.contextWindow) return false;
	return !wasAsked(other, attempts) || retryBudget.canRetry(other.providerId);
}

interface Failed {
	readonly failure: resilience.Failure;
	readonly wasCalled: boolean;
	readonly attempts: readonly Attempt[];
	/** The models that are left to ask. */
	readonly rest: readonly CatalogueModel[];
	/** Times that this model was tried again. */
	readonly retriesHere: number;
}

/** What comes after a model that failed or could not be called: before the first word as the rules say, after it at most a continuation. */
export function decide(
	{ model, expiresAt, endsAt }: AskedOf,
	{ failure, wasCalled, attempts, rest, retriesHere }: Failed,
	{ clock, retryBudget }: Pick<AnswerRooms, "clock" | "retryBudget">,
): resilience.NextStep {
	const hasFallback = rest.length > 0;
	if (hasContent(attempts)) {
		const continuations = attempts.length - 1 - attempts.findIndex(({ call }) => call.firstTokenMs !== null);
		const mayGoOn = wasCalled
			? failure.class === "midstream"
			: resilience.rules[failure.class].fallback !== false;
		const hasTime = endsAt - clock.elapsed() >= resilience.callMsMin;
		return { do: mayGoOn && hasTime && hasFallback && continuations < continuationsMax ? "fallback" : "end" };
	}
	return resilience.nextStep({
		...{ failure, retriesHere, attemptsMax, random: Math.random },
		...{ hasFallback, hasLargerFallback: hasFallback },
		attemptsMade: attempts.length,
		waitMsMax: expiresAt - clock.elapsed(),
		canRetry: !wasCalled || retryBudget.canRetry(model.providerId),
	});
}
