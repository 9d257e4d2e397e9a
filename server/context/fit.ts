import { AppError } from "../contract/errors.ts";
import type { ModelMessage } from "../contract/turn.ts";
import { countTokens } from "./count-tokens.ts";

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
export function fit(
	messages: readonly ModelMessage[],
	model: { readonly contextWindow: number; readonly maxOutputTokens: number },
): FittedContext {
	const answerTokens = Math.min(model.maxOutputTokens, Math.floor(model.contextWindow / 4));
	const budget = model.contextWindow - answerTokens;
	let first = messages.length;
	let inputTokens = 0;
	while (first > 0) {
		const next = countTokens(messages[first - 1]?.text ?? "");
		if (inputTokens + next > budget) break;
		inputTokens += next;
		first--;
	}
	if (first === messages.length)
		throw new AppError("context_too_long", "This message is longer than the model can read.", {
			details: {
				inputTokens: countTokens(messages.at(-1)?.text ?? ""),
				contextWindow: model.contextWindow,
			},
		});
	while (first < messages.length - 1 && messages[first]?.role === "assistant") {
		inputTokens -= countTokens(messages[first]?.text ?? "");
		first++;
	}
	return {
		messages: messages.slice(first),
		inputTokens,
		omittedMessages: first,
		maxOutputTokens: Math.min(model.maxOutputTokens, model.contextWindow - inputTokens),
	};
}
