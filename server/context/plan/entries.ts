/** What is sent, as a list of entries in order: messages in their place, older messages as evidence, a summary. */
import type { ModelMessage } from "../../contract/model-message.ts";
import type { MessagePart } from "../../contract/parts.ts";
import type { SentItem } from "../../contract/sent-context.ts";
import type { ContextSummary, ConversationMessage } from "../conversation.ts";

export type Entry =
	| { readonly type: "message"; readonly message: ConversationMessage }
	| { readonly type: "evidence"; readonly messages: readonly ConversationMessage[] }
	| { readonly type: "summary"; readonly summary: ContextSummary };

export const toEntries = (messages: readonly ConversationMessage[]): Entry[] =>
	messages.map((message) => ({ type: "message", message }));

const says: Record<ConversationMessage["role"], string> = {
	user: "User",
	assistant: "Assistant",
	system: "System",
};

/** One message as a model reads it. The same entry is always the same message, to the byte: the provider's cache goes by that. */
export function toModelMessage(entry: Entry): ModelMessage {
	if (entry.type === "message") return entry.message;
	if (entry.type === "summary") {
		const text = `What was said before, in short:\n\n${entry.summary.text}`;
		return { role: "user", parts: [{ type: "text", text }] };
	}
	const parts: MessagePart[] = [];
	const write = (text: string) => {
		const last = parts.at(-1);
		if (last?.type === "text") parts[parts.length - 1] = { type: "text", text: `${last.text}\n\n${text}` };
		else parts.push({ type: "text", text });
	};
	write("From earlier in this conversation:");
	for (const { role, parts: said } of entry.messages) {
		write(`${says[role]}:`);
		for (const part of said) {
			if (part.type === "text") write(part.text);
			else if (part.type === "image" || part.type === "file") parts.push(part);
			else if (part.type === "tool-call") write(`(${part.toolName}: ${JSON.stringify(part.input)})`);
			else if (part.type === "tool-result") write(JSON.stringify(part.output));
		}
	}
	return { role: "user", parts };
}

/** At most, of the words that this room adds: before a list or a summary, and to name who said a message of a list. */
const wrapperTokens = 16;
const nameTokens = 2;

/** At most: what was counted for each message has room for most of what stands around it in a list. */
export function countEntry(entry: Entry): number {
	if (entry.type === "message") return entry.message.tokens;
	if (entry.type === "summary") return entry.summary.tokens + wrapperTokens;
	return entry.messages.reduce((sum, { tokens }) => sum + tokens + nameTokens, wrapperTokens);
}

export const countEntries = (entries: readonly Entry[]): number =>
	entries.reduce((sum, entry) => sum + countEntry(entry), 0);

/** The messages that are sent as they were said, in their place or as evidence. */
export function toSentMessages(entries: readonly Entry[]): Set<ConversationMessage> {
	const sent = new Set<ConversationMessage>();
	for (const entry of entries) {
		if (entry.type === "message") sent.add(entry.message);
		else if (entry.type === "evidence") for (const message of entry.messages) sent.add(message);
	}
	return sent;
}

/** The entries as they are kept: neighbours of the branch as one range. Messages that are not stored are left out. */
export function toSentItems(entries: readonly Entry[], branch: readonly ConversationMessage[]): SentItem[] {
	const items: SentItem[] = [];
	let at = 0;
	let end = -1;
	for (const entry of entries) {
		if (entry.type === "summary") {
			items.push({ type: "summary", summaryId: entry.summary.id, tokens: countEntry(entry) });
			continue;
		}
		if (entry.type === "evidence") {
			const messageIds = entry.messages.flatMap(({ id }) => id ?? []);
			items.push({ type: "evidence", messageIds, tokens: countEntry(entry) });
			continue;
		}
		const { id, tokens } = entry.message;
		if (id === undefined) continue;
		while (at < branch.length && branch[at] !== entry.message) at++;
		const last = items.at(-1);
		if (last?.type === "messages" && at === end + 1)
			items[items.length - 1] = { ...last, last: id, count: last.count + 1, tokens: last.tokens + tokens };
		else items.push({ type: "messages", first: id, last: id, count: 1, tokens });
		end = at;
	}
	return items;
}

/** The entries of what was sent before. Null when not all of it is on this branch, or one of its messages changed its place. */
export function toSentEntries(
	items: readonly SentItem[],
	branch: readonly ConversationMessage[],
	summaries: readonly ContextSummary[],
): Entry[] | null {
	const places = new Map(branch.map(({ id }, place) => [id, place]));
	const entries: Entry[] = [];
	for (const item of items) {
		if (item.type === "summary") {
			const summary = summaries.find(({ id }) => id === item.summaryId);
			if (!summary) return null;
			entries.push({ type: "summary", summary });
			continue;
		}
		if (item.type === "evidence") {
			const messages = item.messageIds.flatMap((id) => branch[places.get(id) ?? -1] ?? []);
			if (messages.length !== item.messageIds.length) return null;
			entries.push({ type: "evidence", messages });
			continue;
		}
		const first = places.get(item.first) ?? -1;
		const range = first < 0 ? [] : branch.slice(first, first + item.count);
		if (range.length !== item.count || range.at(-1)?.id !== item.last) return null;
		entries.push(...toEntries(range));
	}
	return entries;
}
