import type { RequestShape, WireCall, WireRequest } from "../wire.ts";
import {
	asUser,
	toAlternating,
	toDataUrl,
	toText,
	toWireMessages,
	type WireMessage,
	type WirePart,
} from "../wire-messages.ts";

/** OpenAI's `POST /chat/completions`, in the form that the deployment accepts: https://platform.openai.com/docs/api-reference/chat/create */
export function toRequest(call: WireCall, shape: RequestShape): WireRequest {
	const { apiKey } = call.provider;
	return {
		path: "/chat/completions",
		headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
		body: {
			model: call.providerModelId,
			[shape.outputLimitField]: call.maxOutputTokens,
			messages: toShaped(toWireMessages(call.messages), shape).flatMap(toChatMessages),
			stream: shape.streams,
			...(shape.sendsCacheKey && call.cacheKey && { prompt_cache_key: call.cacheKey }),
			...(shape.streams && shape.asksForUsage && { stream_options: { include_usage: true } }),
		},
	};
}

function toShaped(messages: readonly WireMessage[], shape: RequestShape): readonly WireMessage[] {
	if (shape.systemRole === "user") return toAlternating(messages.map(asUser("system")));
	return shape.mergesRoles ? toAlternating(messages) : messages;
}

/** Each result of a tool is a message of its own. Text alone is sent as a string, which every server accepts. */
function toChatMessages({ role, parts }: WireMessage): object[] {
	if (role === "tool") return parts.flatMap(toToolMessage);
	const calls = parts.flatMap((part) => (part.type === "tool-call" ? [toToolCall(part)] : []));
	const said = parts.filter(({ type }) => type !== "tool-call");
	const isText = said.every(({ type }) => type === "text");
	const content = isText ? toText(said) : said.flatMap(toContentPart);
	return [calls.length > 0 ? { role, content: content || null, tool_calls: calls } : { role, content }];
}

function toContentPart(part: WirePart): object[] {
	switch (part.type) {
		case "text":
			return [{ type: "text", text: part.text }];
		case "image":
			return [{ type: "image_url", image_url: { url: toDataUrl(part) } }];
		case "file":
			return [{ type: "file", file: { filename: part.name, file_data: toDataUrl(part) } }];
		case "tool-call":
		case "tool-result":
			return [];
	}
}

const toToolCall = ({ callId, toolName, input }: Extract<WirePart, { type: "tool-call" }>) => ({
	id: callId,
	type: "function",
	function: { name: toolName, arguments: JSON.stringify(input) },
});

/** The protocol has no field for a tool that failed, so its text says so. */
function toToolMessage(part: WirePart): object[] {
	if (part.type !== "tool-result") return [];
	const { callId, output, isError } = part;
	const text = typeof output === "string" ? output : JSON.stringify(output);
	const content = isError ? `Error: ${text}` : text;
	return [{ role: "tool", tool_call_id: callId, content }];
}
