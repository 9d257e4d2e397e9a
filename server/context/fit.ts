import { AppError } from "../contract/errors.ts";
import type { ModelMessage } from "../contract/model-message.ts";
import { choose } from "./relevance/choose.ts";
import type { Relevance } from "./relevance/rank.ts";
import { toModelTokens, toStoredTokens } from "./tokens/model-counts.ts";

/** A message with its count of tokens. */
export interface ConversationMessage extends ModelMessage {
	readonly tokens: number;
}

/** What this room needs to know of a model: tokens that it reads and writes together, and that it writes at most. */
export interface ModelWindow {
	/** The provider's name of it, which says how it counts; absent: as the messages are counted. */
	readonly providerModelId?: string;
	readonly contextWindow: number;
	readonly maxOutputTokens: number;
}

export interface FittedContext {
	readonly messages: readonly ModelMessage[];
	/** As the model counts: the most that it can be. */
	readonly inputTokens: number;
	/** How many messages were left out. */
	readonly omittedMessages: number;
	/** What the model may write: its own limit, or what the window has left. */
	readonly maxOutputTokens: number;
}

/**
 * Chooses what a model reads: the whole conversation where its window has room for it beside an answer. Where it has not, the newest
 * messages, and of the older ones those that have most to do with the question; without a ranking, the newest alone. The
 * order stays, the first is a message of the person, and the last is never cut.
 *
 * @throws AppError `context_too_long` when the last message alone does not fit.
 */
export function fit(
	messages: readonly ConversationMessage[],
	model: ModelWindow,
	relevance?: Relevance,
): FittedContext {
	const budget = toInputBudget(model);
	const lastTokens = messages.at(-1)?.tokens ?? 0;
	if (lastTokens > budget || messages.length === 0) throw toTooLong(lastTokens, model);
	const isWhole = sumTokens(messages) <= budget;
	const chosen = fromPerson(isWhole ? messages : choose(messages, budget, relevance));
	const inputTokens = toModelTokens(sumTokens(chosen), model);
	return {
		messages: chosen,
		inputTokens,
		omittedMessages: messages.length - chosen.length,
		maxOutputTokens: Math.min(model.maxOutputTokens, model.contextWindow - inputTokens),
	};
}

const sumTokens = (messages: readonly ConversationMessage[]) =>
	messages.reduce((sum, { tokens }) => sum + tokens, 0);

/** From the first message of the person on; the last message stays, whatever its role. */
function fromPerson(messages: readonly ConversationMessage[]): readonly ConversationMessage[] {
	const first = messages.findIndex(({ role }) => role !== "assistant");
	return messages.slice(first < 0 ? messages.length - 1 : first);
}

/** What an answer leaves of the window for what the model reads, in tokens as the messages are counted. */
function toInputBudget(model: ModelWindow): number {
	const { contextWindow, maxOutputTokens } = model;
	return toStoredTokens(contextWindow - Math.min(maxOutputTokens, Math.floor(contextWindow / 4)), model);
}

const toTooLong = (tokens: number, model: ModelWindow) =>
	new AppError("context_too_long", "This message is longer than the model can read.", {
		details: { inputTokens: toModelTokens(tokens, model), contextWindow: model.contextWindow },
	});

/** How much `fit` sends at most of a conversation of so many tokens, as the messages are counted. */
export const toInputTokensMax = (tokens: number, model: ModelWindow): number =>
	Math.min(tokens, toInputBudget(model));

/**
 * Bounds on what `fit` returns, as the model counts, from counts alone: for a conversation of `all` tokens whose last message has `last`.
 *
 * @throws AppError `context_too_long` when the last message alone does not fit.
 */
export function toBound(
	tokens: { readonly all: number; readonly last: number },
	model: ModelWindow,
): { readonly inputTokens: number; readonly maxOutputTokens: number } {
	if (tokens.last > toInputBudget(model)) throw toTooLong(tokens.last, model);
	const isWhole = tokens.all <= toInputBudget(model);
	return {
		inputTokens: toModelTokens(toInputTokensMax(tokens.all, model), model),
		// A conversation that is cut may come out shorter than the bound and leave more room for the answer.
		maxOutputTokens: Math.min(
			model.maxOutputTokens,
			model.contextWindow - toModelTokens(isWhole ? tokens.all : tokens.last, model),
		),
	};
}
