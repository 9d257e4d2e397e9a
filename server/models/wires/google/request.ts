import type { RequestShape, WireCall, WireRequest } from "../wire.ts";
import { asUser, toAlternating, toWireMessages, type WireMessage, type WirePart } from "../wire-messages.ts";

/** Google's `POST /models/MODEL:streamGenerateContent`: https://ai.google.dev/api/generate-content */
export function toRequest(call: WireCall, shape: RequestShape): WireRequest {
	const all = toWireMessages(call.messages);
	// Some models, such as Gemma, take no instructions of the system.
	const messages = shape.systemRole === "user" ? all.map(asUser("system")) : all;
	const system = messages.filter(({ role }) => role === "system").flatMap(({ parts }) => parts.map(toPart));
	const method = shape.streams ? "streamGenerateContent?alt=sse" : "generateContent";
	return {
		path: `/${toModelPath(call.providerModelId)}:${method}`,
		headers: { "x-goog-api-key": call.provider.apiKey ?? "" },
		body: {
			...(system.length > 0 && { systemInstruction: { parts: system } }),
			contents: toContents(messages.filter(({ role }) => role !== "system")),
			generationConfig: { maxOutputTokens: call.maxOutputTokens },
		},
	};
}

/** A model is named with its kind (`tunedModels/x`) or without (`gemini-2.5-pro`). */
function toModelPath(providerModelId: string): string {
	const path = providerModelId.includes("/") ? providerModelId : `models/${providerModelId}`;
	return path.split("/").map(encodeURIComponent).join("/");
}

/** Roles must alternate; results of tools are sent in the user's contents. */
const toContents = (messages: readonly WireMessage[]): object[] =>
	toAlternating(messages.map(asUser("tool"))).map(({ role, parts }) => ({
		role: role === "assistant" ? "model" : "user",
		parts: parts.map(toPart),
	}));

function toPart(part: WirePart): object {
	switch (part.type) {
		case "text":
			return { text: part.text };
		case "image":
		case "file":
			return { inlineData: { mimeType: part.mediaType, data: part.base64 } };
		case "tool-call":
			return { functionCall: { name: part.toolName, args: part.input } };
		case "tool-result":
			return { functionResponse: { name: part.toolName, response: toResponse(part) } };
	}
}

/** Google reads the output of a function under `result`, and why it has none under `error`. */
const toResponse = ({ output, isError }: Extract<WirePart, { type: "tool-result" }>) =>
	isError ? { error: output } : { result: output };
