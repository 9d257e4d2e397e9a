import * as cascade from "../cascade/index.ts";
import * as context from "../context/index.ts";
import { isAutoModel } from "../contract/kinds.ts";
import { toPlainText } from "../contract/parts.ts";
import { type CatalogueModel, findMissingAbilities } from "../models/index.ts";
import type { MadeCall } from "../resilience/index.ts";
import type { AcceptedTurn } from "../turns/index.ts";
import { type Prices, toCostNanoUsd } from "../usage/index.ts";
import type { TurnRooms } from "./run-turn.ts";

/** How long an answer is expected to be, in tokens, where nothing better is known. */
const answerTokens = 400;

/** Messages of the person that the router reads: the request and two before it. */
const saidMax = 3;

/** Which models answer a turn: the one asked for, or for `auto` what the site's policy makes of the request. */
export function routeTurn(
	turn: Pick<AcceptedTurn, "requestedModel" | "reservation" | "textBefore" | "routing">,
	conversation: context.Conversation,
	{ models, policy, findPrices }: Pick<TurnRooms, "models" | "policy" | "findPrices">,
): cascade.Route<CatalogueModel> {
	const { requestedModel, reservation, textBefore, routing } = turn;
	const { messages } = conversation;
	const canRead = (model: CatalogueModel) =>
		findMissingAbilities(model, messages).length === 0 && context.hasRoom(conversation, model);
	if (!isAutoModel(requestedModel) || policy === null)
		return cascade.route(requestedModel, models, reservation.open, canRead);
	const request: cascade.RoutedRequest<CatalogueModel> = {
		published: policy,
		requestedModel,
		plan: routing?.plan ?? null,
		isNearLimit: routing?.isNearLimit ?? false,
		said: toSaid(conversation),
		mayDraft: textBefore === "",
		toExpectedNanoUsd(model) {
			const prices = findPrices(model.id);
			return prices && toExpectedNanoUsd(conversation, model, prices);
		},
	};
	return cascade.decide(request, models, { open: reservation.open, canRead, router: cascade.toRouter() });
}

/** The newest messages of the person, oldest first. */
export const toSaid = ({ messages }: Pick<context.Conversation, "messages">): string[] =>
	messages
		.filter(({ role }) => role === "user")
		.slice(-saidMax)
		.map(({ parts }) => toPlainText(parts));

/** What an answer of the model would cost now: its cache has the beginning of the conversation, or it is read in full. */
function toExpectedNanoUsd(
	conversation: context.Conversation,
	model: CatalogueModel,
	prices: Prices,
): bigint {
	const { inputTokens, cachedInputTokens } = context.expectInput(conversation, { ...model, prices });
	return toCostNanoUsd({ ...noUsage, inputTokens, cachedInputTokens, outputTokens: answerTokens }, prices);
}

const noUsage = { cacheWriteTokens: 0, cacheWrite1hTokens: 0, reasoningTokens: 0 } as const;

/**
 * What the road that was not taken would have cost more, in nano-dollars: its model reads and writes as many tokens, with what its provider's
 * cache has, and no draft or judge is paid there. Below zero when it would have cost less; null when a price is not known.
 */
export function toSavedNanoUsd(
	conversation: context.Conversation,
	{ decision }: Pick<cascade.Route<CatalogueModel>, "decision">,
	by: { readonly calls: { readonly made: readonly MadeCall[] } } & Pick<TurnRooms, "models" | "findPrices">,
): bigint | null {
	const { models, findPrices } = by;
	const { made } = by.calls;
	const otherModelId = decision?.otherModelId ?? null;
	const answered = made.findLast(({ purpose }) => purpose === "answer" || purpose === "draft");
	const other = otherModelId === null ? undefined : models.find(otherModelId);
	const prices = other && findPrices(other.id);
	if (!answered || !other || !prices) return null;
	const { inputTokens, outputTokens } = answered.usage;
	const warm = context.expectInput(conversation, { ...other, prices }).cachedInputTokens;
	const cachedInputTokens = Math.min(warm, inputTokens);
	let saved = toCostNanoUsd({ ...noUsage, inputTokens, cachedInputTokens, outputTokens }, prices);
	for (const { model, usage } of made) {
		const paid = findPrices(model.id);
		if (!paid) return null;
		saved -= toCostNanoUsd(usage, paid);
	}
	return saved;
}
