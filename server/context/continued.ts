import type { MessagePart } from "../contract/parts.ts";
import type { ConversationMessage } from "./conversation.ts";
import { countMessageTokens } from "./tokens/count-message.ts";

/** What a model is asked for when its answer goes on; every provider understands it, unlike an answer that is pre-filled. */
export const continuation: readonly MessagePart[] = [
	{
		type: "text",
		text: "Continue your answer exactly where it ends. Repeat nothing and add no introduction.",
	},
];

/** Of `continuation`, with what a provider adds for a message; a test holds it to the count. */
export const continuationTokens = 19;

/** What asks for the rest of an answer. */
export const continuationRequest: ConversationMessage = {
	role: "user",
	parts: continuation,
	tokens: continuationTokens,
};

/** What follows the question where an answer goes on: what the person has of it already, and what asks for the rest. */
export async function toContinued(text: string): Promise<readonly ConversationMessage[]> {
	if (text === "") return [];
	const parts: readonly MessagePart[] = [{ type: "text", text }];
	return [{ role: "assistant", parts, tokens: await countMessageTokens(parts) }, continuationRequest];
}
