import type { ContextStrategy } from "../contract/kinds.ts";
import type { ModelMessage } from "../contract/model-message.ts";
import type { SentContext } from "../contract/sent-context.ts";

/** A message with its count of tokens. */
export interface ConversationMessage extends ModelMessage {
	readonly tokens: number;
	/** Absent: it is not stored, such as what asks an answer to go on. */
	readonly id?: string;
	/** It is sent with every request, in its place. */
	readonly isPinned?: boolean;
}

/** What stands for the messages of a branch up to one of them. */
export interface ContextSummary {
	readonly id: string;
	readonly throughMessageId: string;
	readonly text: string;
	readonly tokens: number;
}

/** A call of this branch that was answered: what its provider's cache may still have. */
export interface SentBefore {
	readonly modelId: string;
	/** The last message that it was sent. */
	readonly lastMessageId: string;
	/** Since it began. */
	readonly ageMs: number;
	/** What it was sent up to that message; null: all of the conversation. */
	readonly sent: SentContext | null;
	/** Tokens that the provider says it read from its cache, and wrote to it. */
	readonly cachedTokens: number;
	/** Some of these were written for an hour. */
	readonly isCachedForAnHour: boolean;
}

/** The end of a branch, oldest message first, and what decides how it is cut to what a model reads. */
export interface Conversation {
	readonly messages: readonly ConversationMessage[];
	readonly strategy: ContextStrategy;
	/** Tokens of the conversation that are sent at most; null: as many as the model has room for. */
	readonly tokensMax: number | null;
	/** Of this branch, the newest first. */
	readonly summaries: readonly ContextSummary[];
	/** The newest call of each model. */
	readonly before: readonly SentBefore[];
}

/** A conversation of which nothing is known but its messages. */
export const toConversation = (messages: readonly ConversationMessage[]): Conversation => ({
	messages,
	strategy: "auto",
	tokensMax: null,
	summaries: [],
	before: [],
});

export const sumTokens = (messages: readonly { readonly tokens: number }[]): number =>
	messages.reduce((sum, { tokens }) => sum + tokens, 0);
