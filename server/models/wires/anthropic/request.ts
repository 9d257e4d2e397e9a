import { type RequestShape, toTextMessages, type WireCall, type WireRequest } from "../wire.ts";

const apiVersion = "2023-06-01";

/** Anthropic's `POST /messages`: https://docs.anthropic.com/en/api/messages */
export function toRequest(call: WireCall, shape: RequestShape): WireRequest {
	const messages = toTextMessages(call.messages);
	const system = messages.filter(({ role, text }) => role === "system" && text !== "");
	return {
		path: "/messages",
		headers: { "x-api-key": call.provider.apiKey ?? "", "anthropic-version": apiVersion },
		body: {
			model: call.providerModelId,
			max_tokens: call.maxOutputTokens,
			...(system.length > 0 && { system: system.map(({ text }) => ({ type: "text", text })) }),
			messages: toMessages(messages),
			stream: shape.streams,
		},
	};
}

interface AnthropicMessage {
	readonly role: "user" | "assistant";
	readonly content: readonly { readonly type: "text"; readonly text: string }[];
}

/** Roles must alternate, and an empty text is refused. */
function toMessages(messages: ReturnType<typeof toTextMessages>): AnthropicMessage[] {
	const grouped: AnthropicMessage[] = [];
	for (const { role, text } of messages) {
		if (role === "system" || text === "") continue;
		const last = grouped.at(-1);
		const content = { type: "text", text } as const;
		if (last?.role === role) grouped[grouped.length - 1] = { role, content: [...last.content, content] };
		else grouped.push({ role, content: [content] });
	}
	return grouped;
}
