import type { ConversationMessage } from "../fit.ts";
import { always, type Relevance } from "./rank.ts";

/** The exchange before the question stays: it is what "that" and "again" mean. It gets a part of the room at most. */
const recent = { messages: 4, share: 0.25 };
/**
 * Of two messages with equal scores the shorter one goes first: score / (tokens + 90)^0.7, so that many short facts are not
 * pushed out by one long text, and a few words more or less do not matter.
 */
const length = { offset: 90, exponent: 0.7 };

/**
 * Chooses messages of a conversation that is longer than the budget, in tokens: the newest, which stay in any case, then the most relevant;
 * among equals the newer. Without a ranking the newest that fit, without a gap.
 */
export function choose(
	messages: readonly ConversationMessage[],
	budget: number,
	relevance?: Relevance,
): readonly ConversationMessage[] {
	if (!relevance) return messages.slice(messages.length - countNewest(messages, budget, messages.length));
	const newest = Math.max(1, countNewest(messages, budget * recent.share, recent.messages));
	const kept = new Set(messages.slice(-newest));
	let left = budget - [...kept].reduce((sum, { tokens }) => sum + tokens, 0);
	for (const message of byDensity(messages, relevance)) {
		if (kept.has(message) || message.tokens > left) continue;
		kept.add(message);
		left -= message.tokens;
	}
	return messages.filter((message) => kept.has(message));
}

/** How many of the newest messages fit. */
function countNewest(messages: readonly ConversationMessage[], budget: number, max: number): number {
	let left = budget;
	let count = 0;
	while (count < Math.min(max, messages.length)) {
		left -= messages[messages.length - 1 - count]?.tokens ?? 0;
		if (left < 0) break;
		count++;
	}
	return count;
}

function byDensity(messages: readonly ConversationMessage[], relevance: Relevance): ConversationMessage[] {
	const density = (message: ConversationMessage) =>
		(relevance.get(message) ?? always) / (message.tokens + length.offset) ** length.exponent;
	return messages
		.map((message, at) => ({ message, at, density: density(message) }))
		.sort((a, b) => b.density - a.density || b.at - a.at)
		.map(({ message }) => message);
}
