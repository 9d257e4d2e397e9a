import { AppError } from "../contract/errors.ts";
import type { ModelMessage } from "../contract/model-message.ts";

/** A message with its count of tokens. */
export interface ConversationMessage extends ModelMessage {
	readonly tokens: number;
}

/** What this room needs to know of a model: tokens that it reads and writes together, and that it writes at most. */
export interface ModelWindow {
	readonly contextWindow: number;
	readonly maxOutputTokens: number;
}

export interface FittedContext {
	readonly messages: readonly ModelMessage[];
	/** An estimate, on the high side. */
	readonly inputTokens: number;
	/** How many of the oldest messages were left out. */
	readonly omittedMessages: number;
	/** What the model may write: its own limit, or what the window has left. */
	readonly maxOutputTokens: number;
}

/**
 * Chooses what a model reads: the newest messages that fit its window beside the room for an answer, from a user message
 * on. The last message is never cut.
 *
 * @throws AppError `context_too_long` when the last message alone does not fit.
 */
export function fit(messages: readonly ConversationMessage[], model: ModelWindow): FittedContext {
	const budget = toInputBudget(model);
	let first = messages.length;
	let inputTokens = 0;
	while (first > 0) {
		const next = messages[first - 1]?.tokens ?? 0;
		if (inputTokens + next > budget) break;
		inputTokens += next;
		first--;
	}
	if (first === messages.length) throw toTooLong(messages.at(-1)?.tokens ?? 0, model);
	while (first < messages.length - 1 && messages[first]?.role === "assistant") {
		inputTokens -= messages[first]?.tokens ?? 0;
		first++;
	}
	return {
		messages: messages.slice(first),
		inputTokens,
		omittedMessages: first,
		maxOutputTokens: Math.min(model.maxOutputTokens, model.contextWindow - inputTokens),
	};
}

/** What an answer leaves of the window for what the model reads. */
function toInputBudget({ contextWindow, maxOutputTokens }: ModelWindow): number {
	return contextWindow - Math.min(maxOutputTokens, Math.floor(contextWindow / 4));
}

const toTooLong = (inputTokens: number, { contextWindow }: ModelWindow) =>
	new AppError("context_too_long", "This message is longer than the model can read.", {
		details: { inputTokens, contextWindow },
	});

/** How much `fit` sends at most of a conversation of so many tokens. */
export const toInputTokensMax = (tokens: number, model: ModelWindow): number =>
	Math.min(tokens, toInputBudget(model));

/**
 * Bounds on what `fit` returns, from counts alone: for a conversation of `all` tokens whose last message has `last`.
 *
 * @throws AppError `context_too_long` when the last message alone does not fit.
 */
export function toBound(
	tokens: { readonly all: number; readonly last: number },
	model: ModelWindow,
): { readonly inputTokens: number; readonly maxOutputTokens: number } {
	if (tokens.last > toInputBudget(model)) throw toTooLong(tokens.last, model);
	return {
		inputTokens: toInputTokensMax(tokens.all, model),
		// A conversation that is cut may come out shorter than the bound and leave more room for the answer.
		maxOutputTokens: Math.min(
			model.maxOutputTokens,
			model.contextWindow - (tokens.all <= toInputBudget(model) ? tokens.all : tokens.last),
		),
	};
}
