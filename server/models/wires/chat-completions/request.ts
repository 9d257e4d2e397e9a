import type { ModelMessage } from "../../../contract/model-message.ts";
import { type RequestShape, toTextMessages, type WireCall, type WireRequest } from "../wire.ts";

/** OpenAI's `POST /chat/completions`, in the form that the deployment accepts: https://platform.openai.com/docs/api-reference/chat/create */
export function toRequest(call: WireCall, shape: RequestShape): WireRequest {
	const { apiKey } = call.provider;
	return {
		path: "/chat/completions",
		headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
		body: {
			model: call.providerModelId,
			[shape.outputLimitField]: call.maxOutputTokens,
			messages: toMessages(call.messages, shape),
			stream: shape.streams,
			...(shape.streams && shape.asksForUsage && { stream_options: { include_usage: true } }),
		},
	};
}

interface ChatMessage {
	readonly role: "system" | "user" | "assistant";
	readonly content: string;
}

function toMessages(messages: readonly ModelMessage[], shape: RequestShape): ChatMessage[] {
	const plain = toTextMessages(messages).map(({ role, text }): ChatMessage => ({ role, content: text }));
	const addressed = shape.systemRole === "user" ? withoutSystem(plain) : plain;
	return shape.mergesRoles || shape.systemRole === "user" ? toAlternating(addressed) : addressed;
}

const withoutSystem = (messages: readonly ChatMessage[]): ChatMessage[] =>
	messages.map(({ role, content }) => ({ role: role === "system" ? "user" : role, content }));

/** Merges consecutive messages of one role, as when an answer failed and the person wrote again. */
function toAlternating(messages: readonly ChatMessage[]): ChatMessage[] {
	const merged: ChatMessage[] = [];
	for (const message of messages) {
		const last = merged.at(-1);
		if (last?.role === message.role)
			merged[merged.length - 1] = { ...last, content: `${last.content}\n\n${message.content}` };
		else if (message.content !== "") merged.push(message);
	}
	return merged;
}
