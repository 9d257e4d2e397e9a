import { type ConversationMessage, countMessageTokens } from "../context/index.ts";
import type { MessagePart } from "../contract/parts.ts";

/** What a model is asked for when its answer goes on; every provider understands it, unlike an answer that is pre-filled. */
export const continuation: readonly MessagePart[] = [
	{
		type: "text",
		text: "Continue your answer exactly where it ends. Repeat nothing and add no introduction.",
	},
];

/** Of `continuation`, with what a provider adds for a message; a test holds it to the count. */
export const continuationTokens = 19;

/** The conversation with what the person has of the answer already, which is to go on. */
export async function toContinued(
	conversation: readonly ConversationMessage[],
	text: string,
): Promise<readonly ConversationMessage[]> {
	if (text === "") return conversation;
	const parts: readonly MessagePart[] = [{ type: "text", text }];
	return [
		...conversation,
		{ role: "assistant", parts, tokens: await countMessageTokens(parts) },
		{ role: "user", parts: continuation, tokens: continuationTokens },
	];
}
