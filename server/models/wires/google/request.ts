import { type RequestShape, toTextMessages, type WireCall, type WireRequest } from "../wire.ts";

/** Google's `POST /models/MODEL:streamGenerateContent`: https://ai.google.dev/api/generate-content */
export function toRequest(call: WireCall, shape: RequestShape): WireRequest {
	const messages = toTextMessages(call.messages);
	const system = messages.filter(({ role, text }) => role === "system" && text !== "");
	const method = shape.streams ? "streamGenerateContent?alt=sse" : "generateContent";
	return {
		path: `/${toModelPath(call.providerModelId)}:${method}`,
		headers: { "x-goog-api-key": call.provider.apiKey ?? "" },
		body: {
			...(system.length > 0 && { systemInstruction: { parts: system.map(({ text }) => ({ text })) } }),
			contents: toContents(messages),
			generationConfig: { maxOutputTokens: call.maxOutputTokens },
		},
	};
}

/** A model is named with its kind (`tunedModels/x`) or without (`gemini-2.5-pro`). */
function toModelPath(providerModelId: string): string {
	const path = providerModelId.includes("/") ? providerModelId : `models/${providerModelId}`;
	return path.split("/").map(encodeURIComponent).join("/");
}

interface GoogleContent {
	readonly role: "user" | "model";
	readonly parts: readonly { readonly text: string }[];
}

/** Roles must alternate, and an empty part is refused. */
function toContents(messages: ReturnType<typeof toTextMessages>): GoogleContent[] {
	const grouped: GoogleContent[] = [];
	for (const { role, text } of messages) {
		if (role === "system" || text === "") continue;
		const ownRole = role === "assistant" ? "model" : "user";
		const last = grouped.at(-1);
		if (last?.role === ownRole)
			grouped[grouped.length - 1] = { role: ownRole, parts: [...last.parts, { text }] };
		else grouped.push({ role: ownRole, parts: [{ text }] });
	}
	return grouped;
}
