/** The strategy `auto`: the provider's cache is the plan. */
import type { planReasons } from "../../contract/sent-context.ts";
import { type ConversationMessage, type SentBefore, sumTokens } from "../conversation.ts";
import { byDensity } from "../relevance/choose.ts";
import type { Relevance } from "../relevance/rank.ts";
import { type CachedModel, findWarm, isPaid } from "./cache.ts";
import { countEntries, countEntry, type Entry, toEntries, toSentEntries, toSentMessages } from "./entries.ts";
import { type PlanInput, planSemantic, toMust } from "./strategies.ts";

export interface AutoInput extends PlanInput {
	readonly model: CachedModel;
	readonly before: readonly SentBefore[];
}

export interface AutoPlan {
	readonly entries: readonly Entry[];
	readonly reason: (typeof planReasons)[number];
}

/** A conversation up to this is always sent as a whole: so many tokens, or so few messages unless these are long. */
const short = { tokens: 1_200, messages: 20, messagesTokens: 8_000 };
/** One up to this goes on as a whole while the person comes back in time: no provider keeps a beginning of less than 4,096 tokens for sure. */
const unkeptTokens = 5_000;
/** Of a longer one, what is chosen again when the cache is cold. */
const freshShare = 0.175;
/** Of the room of a request: a new plan leaves some, so that the next plans can add to it. */
const roomShare = 0.75;
/** What is added to a beginning that the provider has in its cache: a part of the conversation, of the most relevant messages that it lacks. */
const evidence = { share: 0.06, relevance: 0.2 };

/**
 * While the provider's cache is warm the beginning stays as it was sent before, to the byte, and what the question needs beside it is
 * added before the question. Otherwise the whole conversation where it is short or costs nothing, and of a long one what the question needs.
 */
export function planAuto(input: AutoInput): AutoPlan {
	const { messages, budget, model, before } = input;
	const step = model.prices?.longContext?.aboveInputTokens;
	// Our count is an estimate; what is never left out may be longer than the step.
	const room = step === undefined ? budget : Math.min(budget, Math.floor(step * 0.95));
	const warm = findWarm(before, model);
	const beginning = warm && toBeginning(input, warm);
	const kept = beginning && keep(input, beginning, room);
	if (kept) return kept;
	const tokens = sumTokens(messages);
	const wanted = isShort(input, tokens) ? tokens : Math.max(short.tokens, Math.round(freshShare * tokens));
	if (tokens <= Math.min(wanted, room)) return { entries: toEntries(messages), reason: "whole" };
	const least = sumTokens([...toMust(messages)]);
	const fresh = Math.min(budget, Math.max(least, Math.floor(Math.min(wanted, room * roomShare))));
	return { entries: planSemantic({ ...input, budget: fresh }), reason: beginning ? "limit" : "cold" };
}

/** Whether to choose of it would save nothing that matters. */
function isShort({ messages, model, before }: AutoInput, tokens: number): boolean {
	if (!isPaid(model) || tokens <= short.tokens) return true;
	if (messages.length <= short.messages && tokens <= short.messagesTokens) return true;
	const last = before.find(({ modelId }) => modelId === model.id);
	return last?.sent === null && last.ageMs <= model.cacheMs && tokens <= unkeptTokens;
}

interface Beginning {
	readonly entries: readonly Entry[];
	/** The place of the first message after it. */
	readonly from: number;
}

/** What the call before was sent; undefined when it is not on this branch. */
function toBeginning(
	{ messages, summaries }: PlanInput,
	{ sent, lastMessageId }: SentBefore,
): Beginning | undefined {
	const last = messages.findLastIndex(({ id }) => id === lastMessageId);
	if (last < 0) return undefined;
	const branch = messages.slice(0, last + 1);
	const entries = sent === null ? toEntries(branch) : toSentEntries(sent.items, branch, summaries);
	return entries ? { entries, from: last + 1 } : undefined;
}

/**
 * The beginning as it was, what was said since, then what the question needs beside it, and the question. Undefined when there is no room
 * for that, or when a message was pinned that is not in its place. Of a request that is sent again nothing changes.
 */
function keep(
	{ messages, relevance }: AutoInput,
	{ entries, from }: Beginning,
	room: number,
): AutoPlan | undefined {
	const base = [...entries, ...toEntries(messages.slice(from))];
	const sent = toSentMessages(base);
	const missing = messages.filter((message) => !sent.has(message));
	const tokens = sumTokens(messages);
	const left = Math.min(room, tokens) - countEntries(base);
	if (left < 0 || !hasPinned(messages, base)) return undefined;
	const most = Math.min(left, Math.round(evidence.share * tokens));
	const found = from < messages.length && relevance ? chooseEvidence(missing, relevance, most) : [];
	const added: Entry[] = found.length > 0 ? [{ type: "evidence", messages: found }] : [];
	return {
		entries: [...base.slice(0, -1), ...added, ...base.slice(-1)],
		reason: missing.length === 0 ? "whole" : "warm",
	};
}

/** Whether every pinned message is in its place. */
function hasPinned(messages: readonly ConversationMessage[], entries: readonly Entry[]): boolean {
	const placed = new Set(entries.flatMap((entry) => (entry.type === "message" ? [entry.message] : [])));
	return messages.every((message) => !message.isPinned || placed.has(message));
}

const noEvidence: Entry = { type: "evidence", messages: [] };

/** The most relevant of the messages that fit, in the order of the conversation. */
function chooseEvidence(
	missing: readonly ConversationMessage[],
	relevance: Relevance,
	most: number,
): readonly ConversationMessage[] {
	const best = missing.reduce((max, message) => Math.max(max, relevance.get(message) ?? 0), 0);
	const found = new Set<ConversationMessage>();
	let left = most - countEntry(noEvidence);
	for (const message of byDensity(missing, relevance)) {
		if ((relevance.get(message) ?? 0) <= evidence.relevance * best) continue;
		const tokens = countEntries([{ type: "evidence", messages: [message] }]) - countEntry(noEvidence);
		if (tokens > left) continue;
		found.add(message);
		left -= tokens;
	}
	return missing.filter((message) => found.has(message));
}
