import { AppError } from "../contract/errors.ts";
import { toModelTokens, toStoredTokens } from "./tokens/model-counts.ts";

/** What this room needs to know of a model: tokens that it reads and writes together, and that it writes at most. */
export interface ModelWindow {
	/** The provider's name of it, which says how it counts; absent: as the messages are counted. */
	readonly providerModelId?: string;
	readonly contextWindow: number;
	readonly maxOutputTokens: number;
}

/** How much of a conversation is wanted: null is as much as the model has room for. What is never left out is sent all the same. */
export interface WantedTokens {
	readonly tokensMax: number | null;
	readonly least: number;
}

/**
 * What an answer leaves of the window for what the model reads, and of that no more than is wanted; in tokens as the messages are counted,
 * like all of this file unless it says otherwise.
 */
export function toInputBudget(model: ModelWindow, { tokensMax, least }: WantedTokens): number {
	const room = toRoom(model);
	return tokensMax === null ? room : Math.min(room, Math.max(tokensMax, least));
}

function toRoom(model: ModelWindow): number {
	const { contextWindow, maxOutputTokens } = model;
	return toStoredTokens(contextWindow - Math.min(maxOutputTokens, Math.floor(contextWindow / 4)), model);
}

/** How much is sent at most of a conversation of so many tokens, whatever its strategy. */
export const toInputTokensMax = (tokens: number, model: ModelWindow): number =>
	Math.min(tokens, toRoom(model));

/** What cannot be left out does not fit: the last message, and what is pinned. */
export function toTooLong(
	tokens: { readonly last: number; readonly pinned: number },
	model: ModelWindow,
	budget: number,
): AppError {
	const inputTokens = toModelTokens(tokens.last + tokens.pinned, model);
	const { contextWindow } = model;
	const words =
		tokens.last > budget
			? "This message is longer than the model can read. Shorten it, send it in parts, or choose a model that reads more."
			: "The pinned messages and this one are longer than the model can read. Unpin some, or choose a model that reads more.";
	return new AppError("context_too_long", words, { details: { inputTokens, contextWindow } });
}

/** The strategy `full` leaves nothing out. */
export const toNotWhole = (tokens: number, model: ModelWindow): AppError =>
	new AppError(
		"context_too_long",
		"The whole conversation is longer than the model can read. Choose another strategy for the context, raise its budget, or choose a model that reads more.",
		{
			details: {
				inputTokens: toModelTokens(tokens, model),
				contextWindow: model.contextWindow,
				strategy: "full",
			},
		},
	);

export interface BranchTokens {
	readonly all: number;
	/** Of the last message, which is never left out. */
	readonly last: number;
	/** Of the pinned messages before it. */
	readonly pinned: number;
}

/** Whether the window has room for what is never left out. */
export const hasRoomFor = ({ last, pinned }: Omit<BranchTokens, "all">, model: ModelWindow): boolean =>
	last + pinned <= toRoom(model);

/**
 * Bounds on what `fit` returns, as the model counts, from counts alone.
 *
 * @throws AppError `context_too_long` when what is never left out does not fit, or all of it for the strategy `full`.
 */
export function toBound(
	tokens: BranchTokens,
	model: ModelWindow,
	wanted: { readonly strategy: string; readonly tokensMax: number | null },
): { readonly inputTokens: number; readonly maxOutputTokens: number } {
	const least = tokens.last + tokens.pinned;
	const budget = toInputBudget(model, { tokensMax: wanted.tokensMax, least });
	if (least > budget) throw toTooLong(tokens, model, budget);
	if (wanted.strategy === "full" && tokens.all > budget) throw toNotWhole(tokens.all, model);
	return {
		inputTokens: toModelTokens(Math.min(tokens.all, budget), model),
		// What is sent may be shorter than the bound and leave more room for the answer.
		maxOutputTokens: Math.min(model.maxOutputTokens, model.contextWindow - toModelTokens(least, model)),
	};
}
