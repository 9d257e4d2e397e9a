import { isAppError } from "../contract/errors.ts";
import type { CacheWish, ContextStrategy } from "../contract/kinds.ts";
import type { ModelMessage } from "../contract/model-message.ts";
import { toPlainText } from "../contract/parts.ts";
import type { SentContext } from "../contract/sent-context.ts";
import { hasRoomFor, type ModelWindow, toInputBudget, toNotWhole, toTooLong } from "./budget.ts";
import { type Conversation, type ConversationMessage, sumTokens } from "./conversation.ts";
import { type AutoPlan, planAuto } from "./plan/auto.ts";
import { type CachedModel, findWarm, toCacheWish } from "./plan/cache.ts";
import {
	countEntries,
	type Entry,
	toEntries,
	toModelMessage,
	toSentItems,
	toSentMessages,
} from "./plan/entries.ts";
import { type PlanInput, planSemantic, planSummary, planWindow, toMust } from "./plan/strategies.ts";
import type { Relevance } from "./relevance/rank.ts";
import { toModelTokens } from "./tokens/model-counts.ts";

export interface ModelToFit extends ModelWindow, Partial<CachedModel> {}

export interface FittedContext {
	readonly messages: readonly ModelMessage[];
	/** As the model counts: the most that it can be. */
	readonly inputTokens: number;
	/** How many messages were left out. */
	readonly omittedMessages: number;
	/** What the model may write: its own limit, or what the window has left. */
	readonly maxOutputTokens: number;
	/** What was sent, to be kept with the call; null: the whole conversation. */
	readonly sent: SentContext | null;
	/** For how long the provider is asked to keep it. */
	readonly cacheWish: CacheWish;
}

/** What a conversation is fitted with beside itself. */
export interface FitWith {
	readonly relevance?: Relevance | undefined;
	/** What comes after the question: the part of an answer that goes on, and what asks it to. */
	readonly added?: readonly ConversationMessage[];
}

/**
 * Chooses what a model reads of a conversation, by its strategy. The question, the pinned messages and the order in which things were
 * said stay, whatever else is left out.
 *
 * @throws AppError `context_too_long` when what always stays does not fit, or when something would have to be left out and must not be.
 */
export function fitConversation(
	conversation: Conversation,
	model: ModelToFit,
	{ relevance, added = [] }: FitWith = {},
): FittedContext {
	const { messages } = conversation;
	const last = [...messages, ...added].at(-1)?.tokens ?? 0;
	const pinned = sumTokens(messages.slice(0, -1).filter(({ isPinned }) => isPinned));
	const budget = toInputBudget(model, { tokensMax: conversation.tokensMax, least: last + pinned });
	if (last + pinned > budget || messages.length === 0) throw toTooLong({ last, pinned }, model, budget);
	const all = sumTokens(messages) + sumTokens(added);
	if (conversation.strategy === "full" && all > budget) throw toNotWhole(all, model);
	const plan = toPlan(conversation, { relevance, added, budget, model });
	const inputTokens = toModelTokens(countEntries(plan.entries), model);
	const sent = toSentMessages(plan.entries);
	const omitted = messages.filter((message) => !sent.has(message));
	return {
		messages: plan.entries.map(toModelMessage),
		inputTokens,
		omittedMessages: omitted.length,
		maxOutputTokens: Math.min(model.maxOutputTokens, model.contextWindow - inputTokens),
		sent: toSent(plan, { conversation, added, omitted }),
		cacheWish: toCacheWish(toCached(model), messages),
	};
}

/** Whether the model's window has room for what always stays: the question and the pinned messages. */
export function hasRoom({ messages }: Conversation, model: ModelWindow): boolean {
	const pinned = sumTokens(messages.slice(0, -1).filter(({ isPinned }) => isPinned));
	return hasRoomFor({ last: messages.at(-1)?.tokens ?? 0, pinned }, model);
}

/** What a call of the model would read now, from counts alone, and how much of it its provider has in its cache. */
export function expectInput(
	{ messages, before, tokensMax, strategy }: Conversation,
	model: ModelWindow & CachedModel,
): { readonly inputTokens: number; readonly cachedInputTokens: number } {
	const all = Math.min(sumTokens(messages), toInputBudget(model, { tokensMax, least: 0 }));
	const warm = strategy === "auto" ? findWarm(before, model) : undefined;
	const last = warm ? messages.findLastIndex(({ id }) => id === warm.lastMessageId) : -1;
	const known = sumTokens(messages.slice(0, last + 1));
	return {
		inputTokens: toModelTokens(all, model),
		cachedInputTokens: toModelTokens(Math.min(known, all), model),
	};
}

/** Whether the model is sent all of it, or nothing because it is too long. */
export function isWhole(conversation: Conversation, model: ModelToFit): boolean {
	try {
		return fitConversation(conversation, model).sent === null;
	} catch (error) {
		if (isAppError(error)) return true;
		throw error;
	}
}

interface Fitting {
	readonly relevance: Relevance | undefined;
	readonly added: readonly ConversationMessage[];
	readonly budget: number;
	readonly model: ModelToFit;
}

/** By the strategy, which plans up to the question; what was added after it follows. */
function toPlan(conversation: Conversation, { relevance, added, budget, model }: Fitting): AutoPlan {
	const { messages, summaries, before } = conversation;
	const left = budget - sumTokens(added);
	const input: PlanInput = { messages, budget: left, relevance, summaries };
	// The part of an answer that goes on leaves no room for its question: the end of both.
	if (sumTokens([...toMust(messages)]) > left)
		return { reason: "asked", entries: planWindow({ ...input, messages: [...messages, ...added], budget }) };
	const planned = planBy(conversation.strategy, input, () =>
		planAuto({ ...input, before, model: toCached(model) }),
	);
	// Nothing that stands for messages is longer than they are.
	const isLonger = countEntries(planned.entries) > sumTokens(messages);
	const plan = isLonger ? { ...planned, entries: toEntries(messages) } : planned;
	return { ...plan, entries: [...plan.entries, ...toEntries(added)] };
}

function planBy(strategy: ContextStrategy, input: PlanInput, auto: () => AutoPlan): AutoPlan {
	const hasRoom = sumTokens(input.messages) <= input.budget;
	const asked = (entries: readonly Entry[]): AutoPlan => ({ entries, reason: "asked" });
	switch (strategy) {
		case "auto":
			return auto();
		case "summary":
			return asked(planSummary(input));
		case "full":
			return asked(toEntries(input.messages));
		case "window":
			return asked(hasRoom ? toEntries(input.messages) : planWindow(input));
		case "semantic":
			return asked(hasRoom ? toEntries(input.messages) : planSemantic(input));
	}
}

function toSent(
	{ entries, reason }: AutoPlan,
	of: {
		readonly conversation: Conversation;
		readonly added: readonly ConversationMessage[];
		readonly omitted: readonly ConversationMessage[];
	},
): SentContext | null {
	const { messages, strategy } = of.conversation;
	const isAll =
		entries.length === messages.length + of.added.length &&
		messages.every((message, place) => {
			const entry = entries[place];
			return entry?.type === "message" && entry.message === message;
		});
	if (isAll && of.added.length === 0) return null;
	return {
		version: 1,
		strategy,
		reason,
		items: toSentItems(entries, messages),
		omittedMessages: of.omitted.length,
		omittedTokens: sumTokens(of.omitted),
		...(of.added.length > 0 && { continuedCharacters: countCharacters(of.added[0], entries) }),
	};
}

/** How much of an answer that goes on was sent: all that there was, or nothing where the room did not reach. */
function countCharacters(answer: ConversationMessage | undefined, entries: readonly Entry[]): number {
	const isSent = entries.some((entry) => entry.type === "message" && entry.message === answer);
	return answer && isSent ? toPlainText(answer.parts).length : 0;
}

/** A model of which nothing more is known than its window keeps nothing and costs nothing. */
const toCached = ({ id = "", cacheMs = 0, prices = null }: ModelToFit): CachedModel => ({
	id,
	cacheMs,
	prices,
});
