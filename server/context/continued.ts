import { type MessagePart, toTextParts } from "../contract/parts.ts";
import { prompts } from "../contract/prompts.ts";
import type { ConversationMessage } from "./conversation.ts";
import { countMessageTokens } from "./tokens/count-message.ts";

const continuation = toTextParts(prompts.continuation.text);

/** Of this, with what a provider adds for a message; a test holds it to the count. */
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
