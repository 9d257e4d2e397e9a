import { type ConversationMessage, sumTokens } from "../conversation.ts";
import { always, type Relevance } from "./rank.ts";

/** The exchange before the question stays with it: it is what "that" and "again" mean. They get a part of the room at most. */
const recent = { messages: 3, share: 0.25 };
/**
 * Of two messages with equal scores the shorter one goes first: score / (tokens + 90)^0.6, so that many short facts are not
 * pushed out by one long text, and a few words more or less do not matter.
 */
const length = { offset: 90, exponent: 0.6 };

/**
 * Chooses messages of a conversation that is longer than the budget, in tokens: the last, the pinned and the newest, which stay in any
 * case, then the most relevant; among equals the newer. Without a ranking the newest that fit.
 */
export function choose(
	messages: readonly ConversationMessage[],
	budget: number,
	relevance?: Relevance,
): readonly ConversationMessage[] {
	const must = messages.filter(({ isPinned }, place) => isPinned || place === messages.length - 1);
	const kept = new Set(must);
	let left = budget - sumTokens(must);
	const newest = toNewest(
		messages,
		budget * (relevance ? recent.share : 1),
		relevance ? recent.messages : Number.POSITIVE_INFINITY,
	);
	const order = [...newest, ...(relevance ? byDensity(messages, relevance) : [])];
	for (const message of order) {
		if (kept.has(message) || message.tokens > left) continue;
		kept.add(message);
		left -= message.tokens;
	}
	return messages.filter((message) => kept.has(message));
}

/** So many of the newest messages as fit, the newest first. */
function toNewest(
	messages: readonly ConversationMessage[],
	budget: number,
	max: number,
): ConversationMessage[] {
	const newest: ConversationMessage[] = [];
	let left = budget;
	for (let place = messages.length - 1; place >= 0 && newest.length < max; place--) {
		const message = messages[place];
		if (!message) break;
		left -= message.tokens;
		if (left < 0) break;
		newest.push(message);
	}
	return newest;
}

/** The most relevant messages first, a long one after a short one of the same relevance. */
export function byDensity(
	messages: readonly ConversationMessage[],
	relevance: Relevance,
): ConversationMessage[] {
	const density = (message: ConversationMessage) =>
		(relevance.get(message) ?? always) / (message.tokens + length.offset) ** length.exponent;
	return messages
		.map((message, at) => ({ message, at, density: density(message) }))
		.sort((a, b) => b.density - a.density || b.at - a.at)
		.map(({ message }) => message);
}
