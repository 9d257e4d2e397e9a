import type { RequestShape, WireCall, WireRequest } from "../wire.ts";
import { asUser, toAlternating, toWireMessages, type WireMessage, type WirePart } from "../wire-messages.ts";
import { type Kept, markCached } from "./cache-marks.ts";

const apiVersion = "2023-06-01";

/** Anthropic's `POST /messages`: https://docs.anthropic.com/en/api/messages */
export function toRequest(call: WireCall, shape: RequestShape): WireRequest {
	const all = toWireMessages(call.messages);
	const { system, messages } = markCached(
		{
			system: all.filter(({ role }) => role === "system").flatMap(({ parts }) => parts.map(toBlock)),
			messages: toAnthropicMessages(all.filter(({ role }) => role !== "system")),
		},
		{ model: call.providerModelId, keep: toKept(shape, call) },
	);
	return {
		path: "/messages",
		headers: { "x-api-key": call.provider.apiKey ?? "", "anthropic-version": apiVersion },
		body: {
			model: call.providerModelId,
			max_tokens: call.maxOutputTokens,
			...(system.length > 0 && { system }),
			messages,
			stream: shape.streams,
		},
	};
}

function toKept({ promptCache }: RequestShape, { cacheWish = "default" }: WireCall): Kept {
	if (promptCache !== "auto") return promptCache;
	return ({ none: "off", default: "5m", "1h": "1h" } as const)[cacheWish];
}

/** Roles must alternate; results of tools are sent in the user's messages. */
const toAnthropicMessages = (messages: readonly WireMessage[]) =>
	toAlternating(messages.map(asUser("tool"))).map(({ role, parts }) => ({
		role,
		content: parts.map(toBlock),
	}));

function toBlock(part: WirePart): object {
	switch (part.type) {
		case "text":
			return { type: "text", text: part.text };
		case "image":
			return { type: "image", source: toSource(part) };
		case "file":
			return { type: "document", title: part.name, source: toSource(part) };
		case "tool-call":
			return { type: "tool_use", id: part.callId, name: part.toolName, input: part.input };
		case "tool-result":
			return {
				type: "tool_result",
				tool_use_id: part.callId,
				content: typeof part.output === "string" ? part.output : JSON.stringify(part.output),
				...(part.isError && { is_error: true }),
			};
	}
}

const toSource = ({ mediaType, base64 }: { mediaType: string; base64: string }) => ({
	type: "base64",
	media_type: mediaType,
	data: base64,
});
