/** The strategies that need no memory of what was sent before. Each is given what fits nothing or everything of the budget. */
import type { ContextSummary, ConversationMessage } from "../conversation.ts";
import { sumTokens } from "../conversation.ts";
import { choose } from "../relevance/choose.ts";
import type { Relevance } from "../relevance/rank.ts";
import { countEntries, countEntry, type Entry, toEntries } from "./entries.ts";

export interface PlanInput {
	/** The end of a branch; the last one is the question, which always stays. */
	readonly messages: readonly ConversationMessage[];
	/** Tokens. */
	readonly budget: number;
	readonly relevance?: Relevance | undefined;
	readonly summaries: readonly ContextSummary[];
}

/** The newest messages that fit, without a gap; and the pinned ones. */
export function planWindow({ messages, budget }: PlanInput): Entry[] {
	const must = toMust(messages);
	let left = budget - sumTokens([...must]) - toLeadTokens(messages);
	let from = messages.length;
	for (let place = messages.length - 1; place >= 0; place--) {
		const message = messages[place];
		if (!message) break;
		if (!must.has(message)) left -= message.tokens;
		if (left < 0) break;
		from = place;
	}
	return toPlaced(
		messages.filter((message, place) => place >= from || must.has(message)),
		budget,
	);
}

/** The newest summary in place of what it stands for, then what was said since, the newest first when it is too long; and the pinned messages. */
export function planSummary(input: PlanInput): Entry[] {
	const { messages, summaries } = input;
	for (const summary of summaries) {
		const through = messages.findIndex(({ id }) => id === summary.throughMessageId);
		// The question itself is never summarised.
		if (through < 0 || through >= messages.length - 1) continue;
		const entry: Entry = { type: "summary", summary };
		const tokens = countEntry(entry);
		const source = sumTokens(messages.slice(0, through + 1).filter(({ isPinned }) => !isPinned));
		const rest = messages.filter(({ isPinned }, place) => place > through || isPinned);
		const least = sumTokens([...toMust(messages)]);
		if (tokens >= source || least + tokens > input.budget) continue;
		const kept = planWindow({ ...input, messages: rest, budget: input.budget - tokens });
		return [entry, ...kept.filter(({ type }) => type === "message")];
	}
	return planWindow(input);
}

/** What the question needs, in its place, then what is newest; without a ranking, the newest. */
export function planSemantic({ messages, budget, relevance }: PlanInput): Entry[] {
	return toPlaced(choose(messages, budget - toLeadTokens(messages), relevance), budget);
}

/** What is sent whatever the budget: the pinned messages and the question. */
export const toMust = (messages: readonly ConversationMessage[]): Set<ConversationMessage> =>
	new Set(messages.filter(({ isPinned }, place) => isPinned || place === messages.length - 1));

/** Stands before a pinned answer that would be the first message: providers want the first to be the person's. */
const lead: Entry = { type: "evidence", messages: [] };

const toLeadTokens = (messages: readonly ConversationMessage[]): number =>
	messages.find(({ isPinned }) => isPinned)?.role === "assistant" ? countEntry(lead) : 0;

/** From the first message of the person on; what always stays does so, whatever its role. */
function toPlaced(messages: readonly ConversationMessage[], budget: number): Entry[] {
	const must = toMust(messages);
	const first = messages.findIndex((message) => message.role !== "assistant" || must.has(message));
	const placed = toEntries(messages.slice(first));
	const isLed = messages[first]?.role === "assistant" && placed.length > 1;
	return isLed && countEntries(placed) + countEntry(lead) <= budget ? [lead, ...placed] : placed;
}
