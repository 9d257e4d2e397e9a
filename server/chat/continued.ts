import { type ConversationMessage, countMessageTokens } from "../context/index.ts";
import type { MessagePart } from "../contract/parts.ts";

/** What a model is asked for when its answer goes on; every provider understands it, unlike an answer that is pre-filled. */
const continuation: readonly MessagePart[] = [
	{
		type: "text",
		text: "Continue your answer exactly where it ends. Repeat nothing and add no introduction.",
	},
];

export const continuationTokens = countMessageTokens(continuation);

/** The conversation with what the person has of the answer already, which is to go on. */
export function toContinued(
	conversation: readonly ConversationMessage[],
	text: string,
): readonly ConversationMessage[] {
	if (text === "") return conversation;
	const parts: readonly MessagePart[] = [{ type: "text", text }];
	return [
		...conversation,
		{ role: "assistant", parts, tokens: countMessageTokens(parts) },
		{ role: "user", parts: continuation, tokens: continuationTokens },
	];
}
