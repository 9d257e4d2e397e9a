import type { Logger } from "pino";
import type { ModelMessage } from "../../contract/model-message.ts";
import type { TokenUsage } from "../../contract/turn.ts";
import type { Clock } from "../../kernel/clock.ts";
import { sleep } from "../../kernel/sleep.ts";
import type { CatalogueModel, Models } from "../../models/index.ts";
import type { CallPermits } from "../call-permits.ts";
import { answerDeadlines } from "../deadlines/deadlines.ts";
import { type Failure, toFailure } from "../failures/classify.ts";
import type { RetryBudget } from "../retry-budget.ts";
import { decideNext, hasContent, mayStandIn, wasCalled } from "./decide-next.ts";
import { fitPrompt, tryModel } from "./try-model.ts";
import type { AnswerRequest, Ending, FittedPrompt } from "./types.ts";

/** What calling models needs of the process, shared by all turns. */
export interface CallRooms {
	readonly models: Pick<Models, "open" | "find">;
	readonly permits: CallPermits;
	readonly retryBudget: RetryBudget;
	readonly clock: Clock;
	readonly logger: Pick<Logger, "info" | "error">;
	/** The provider's report, as far as it can be billed; else an estimate of a call that sent none. */
	toUsage(call: ReportedCall): Promise<TokenUsage>;
}

export interface ReportedCall {
	readonly reported: TokenUsage | null;
	readonly model: CatalogueModel;
	readonly sent: readonly ModelMessage[];
	/** All that the model said in the call, reasoning included. */
	readonly received: string;
	/** The part of it that was reasoning. */
	readonly reasoning: string;
	readonly outcome: Ending;
	/** False when the turn's end was requested before anything was sent. */
	readonly wasSent: boolean;
}

/** What became of the attempt to call one model. */
export interface TriedModel {
	readonly ending: Ending;
	/** Null when nothing is left to do: the answer is complete, or its end was asked for. */
	readonly failure: Failure | null;
	/** False: it was refused before anything was sent. */
	readonly wasSent: boolean;
}

/**
 * Calls one model after another until one has answered, or until the turn's budget of calls, time or money ends: queue, circuit
 * breaker, deadlines, retries and the models that may stand in. Before the first content another model takes over silently; after
 * it only by going on with the same text.
 *
 * @returns how it ended. @throws what `beforeCall` throws.
 */
export async function callModels(request: AnswerRequest, rooms: CallRooms): Promise<Ending> {
	const { calls, signal } = request;
	const { retryBudget, clock } = rooms;
	const rest = [...request.chain];
	let { expiresAt } = request;
	let model = rest.shift();
	let ending: Ending = notCovered;
	let retriesHere = 0;
	while (model) {
		const tried: TriedModel | null = await tryModel({ ...request, expiresAt }, model, rooms);
		if (!tried) return ending;
		if (!tried.failure) return tried.ending;
		const { failure, wasSent } = tried;
		ending = hasContent(calls.made) ? toInterrupted(tried.ending) : tried.ending;
		const failed = { model, failure, made: calls.made };
		const refit =
			failure.class === "context_length"
				? await findSmaller(request, { model, failure }, rooms.models)
				: null;
		const others = rest.filter((other) => mayStandIn(other, failed, retryBudget.canRetry));
		const step = decideNext({
			purpose: request.purpose,
			failure,
			wasSent,
			made: calls.made,
			hasFallback: others.length > 0,
			retriesHere,
			canRetry: !wasSent || retryBudget.canRetry(model.providerId),
			canRefit: refit !== null,
			waitMsMax: expiresAt - clock.elapsed(),
			wholeMsLeft: request.endsAt - clock.elapsed(),
			random: Math.random,
		});
		if (step.do === "end") return ending;
		if (step.do === "retry") {
			retriesHere += 1;
			model = refit ?? model;
			if (wasSent) retryBudget.countRetry(model.providerId);
			await sleep(step.afterMs, signal);
		} else {
			const [next] = others;
			if (!next) return ending;
			rest.splice(0, rest.indexOf(next) + 1);
			retriesHere = 0;
			if (wasCalled(next, calls.made)) retryBudget.countRetry(next.providerId);
			if (wasSent && hasContent(calls.made)) expiresAt = toContinueBy(next, request, rooms);
			model = next;
		}
		if (signal.aborted) return request.toRequestedEnding(signal.reason);
	}
	throw new Error("A chain begins with the model that was chosen.");
}

/** Of a window that was too small by the provider's own count, and of which it stated no smaller size. */
const refitShare = 0.75;

/**
 * The model with the smaller window that its provider has stated, in this refusal or in its list of models since, else with a part of the
 * window that it has; null when the conversation and the room for the answer would be the same with it, so that the provider would refuse
 * them again.
 */
async function findSmaller(
	request: AnswerRequest,
	{ model, failure }: { readonly model: CatalogueModel; readonly failure: Failure },
	models: Pick<Models, "find">,
): Promise<CatalogueModel | null> {
	const listed = models.find(model.id)?.contextWindow ?? model.contextWindow;
	const stated = Math.min(listed, failure.statedWindow ?? listed);
	const contextWindow = stated < model.contextWindow ? stated : Math.floor(model.contextWindow * refitShare);
	const known = { ...(models.find(model.id) ?? model), contextWindow };
	const [sent, next] = await Promise.all([fitPrompt(request, model), fitPrompt(request, known)]);
	if (!sent || !next) return null;
	const toOutput = ({ maxOutputTokens }: FittedPrompt) => Math.min(maxOutputTokens, request.maxOutputTokens);
	return next.inputTokens < sent.inputTokens || toOutput(next) < toOutput(sent) ? known : null;
}

/** Of a first call that the turn's limits have no room for. */
const notCovered: Ending = { status: "failed", code: "quota_exceeded" };

/** A continuation that failed leaves what there was; a filter's verdict on it stays one. */
const toInterrupted = (ending: Ending): Ending =>
	ending.status === "filtered_response" || ending.class === "empty_answer" ? ending : toFailure("midstream");

/** A model that goes on with an answer has time for its first content, as any other. */
const toContinueBy = (model: CatalogueModel, { endsAt }: AnswerRequest, { clock }: CallRooms): number =>
	Math.min(endsAt, clock.elapsed() + answerDeadlines(model).firstContentMs);
