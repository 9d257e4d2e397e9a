import type { CallPurpose } from "../../contract/turn.ts";
import type { CatalogueModel } from "../../models/index.ts";
import type { Failure } from "../failures/classify.ts";
import { rules } from "../failures/rules.ts";
import { callMsMin, type NextStep, nextStep } from "../next-step.ts";
import type { MadeCall } from "./types.ts";

/** Calls of models until one has content: drafts are among them. A draft is called once, because a strong model comes after it. */
const attemptsMax = 3;
const draftAttemptsMax = 1;
/** Times that another model goes on with an answer that broke off. */
const continuationsMax = 1;

/** Calls of models that a turn may still make to get content. */
export const toCallsLeft = (made: readonly MadeCall[]): number =>
	Math.max(0, attemptsMax - countAttempts(made));

const countAttempts = (made: readonly MadeCall[]): number =>
	made.filter(({ purpose }) => purpose === "answer" || purpose === "draft").length;

/** The calls of a turn whose words are shown as they come. */
const toAnswerCalls = (made: readonly MadeCall[]): readonly MadeCall[] =>
	made.filter(({ purpose }) => purpose === "answer");

/** Whether the person has something of an answer. What a draft or a judge said is content of theirs alone. */
export const hasContent = (made: readonly MadeCall[]): boolean =>
	toAnswerCalls(made).some((call) => call.hasContent);

/** Whether the turn has called a model of the same provider: another call of it is a retry, whichever model it is for. */
export const wasCalled = ({ providerId }: CatalogueModel, made: readonly MadeCall[]): boolean =>
	made.some(({ model }) => model.providerId === providerId);

/** Whether another model can do better at a failure of this kind, and its provider may be called. */
export function mayStandIn(
	other: CatalogueModel,
	failed: { readonly model: CatalogueModel; readonly failure: Failure; readonly made: readonly MadeCall[] },
	canRetry: (providerId: string) => boolean,
): boolean {
	if (
		rules[failed.failure.class].fallback === "larger-window" &&
		other.contextWindow <= failed.model.contextWindow
	)
		return false;
	return !wasCalled(other, failed.made) || canRetry(other.providerId);
}

export interface FailedCall {
	readonly purpose: CallPurpose;
	readonly failure: Failure;
	/** False: it was refused before anything was sent. */
	readonly wasSent: boolean;
	readonly made: readonly MadeCall[];
	/** Another model is left that may answer. */
	readonly hasFallback: boolean;
	/** Times that this model was called again. */
	readonly retriesHere: number;
	/** The provider's retry budget has room. */
	readonly canRetry: boolean;
	/** The model turned out to have a smaller window, to which the conversation can be cut. */
	readonly canRefit?: boolean;
	/** Milliseconds until the person must have content or a failure, and until the turn ends. */
	readonly waitMsMax: number;
	readonly wholeMsLeft: number;
	readonly random: () => number;
}

/** What comes after a call that failed or was not made: before content as the rules say, after it at most a continuation. */
export function decideNext(failed: FailedCall): NextStep {
	const { failure, wasSent, hasFallback, retriesHere } = failed;
	const made = toAnswerCalls(failed.made);
	if (hasContent(made)) {
		const continuations = made.length - 1 - made.findIndex((call) => call.hasContent);
		const mayGoOn = wasSent ? failure.class === "midstream" : rules[failure.class].fallback !== false;
		const hasTime = failed.wholeMsLeft >= callMsMin;
		return { do: mayGoOn && hasTime && hasFallback && continuations < continuationsMax ? "fallback" : "end" };
	}
	const isDraft = failed.purpose === "draft";
	return nextStep({
		failure,
		retriesHere,
		attemptsMax: isDraft ? draftAttemptsMax : attemptsMax,
		attemptsMade: countAttempts(failed.made),
		hasFallback,
		waitMsMax: failed.waitMsMax,
		canRetry: failed.canRetry,
		canRefit: failed.canRefit === true,
		random: failed.random,
	});
}
