import type {
	LanguageModelV4FilePart,
	LanguageModelV4Message,
	LanguageModelV4Prompt,
	LanguageModelV4TextPart,
	LanguageModelV4ToolCallPart,
} from "@ai-sdk/provider";
import type { ModelMessage } from "../../../contract/model-message.ts";
import { toText, toWireMessages, type WireMessage, type WirePart } from "../wire-messages.ts";

/** A conversation as the AI SDK's provider packages take it. */
export const toPrompt = (messages: readonly ModelMessage[]): LanguageModelV4Prompt =>
	toWireMessages(messages).map(toPromptMessage);

function toPromptMessage({ role, parts }: WireMessage): LanguageModelV4Message {
	switch (role) {
		case "system":
			return { role, content: toText(parts) };
		case "user":
			return { role, content: parts.flatMap(toUserPart) };
		case "assistant":
			return { role, content: parts.flatMap(toAssistantPart) };
		case "tool":
			return {
				role,
				content: parts.flatMap((part) => (part.type === "tool-result" ? [toToolResult(part)] : [])),
			};
	}
}

function toUserPart(part: WirePart): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
	if (part.type === "text") return [{ type: "text", text: part.text }];
	if (part.type !== "image" && part.type !== "file") return [];
	const { mediaType, base64 } = part;
	const filename = part.type === "file" ? part.name : undefined;
	return [{ type: "file", mediaType, filename, data: { type: "data", data: base64 } }];
}

const toAssistantPart = (
	part: WirePart,
): (LanguageModelV4TextPart | LanguageModelV4FilePart | LanguageModelV4ToolCallPart)[] =>
	part.type === "tool-call" ? [toToolCall(part)] : toUserPart(part);

const toToolCall = ({ callId, toolName, input }: Extract<WirePart, { type: "tool-call" }>) =>
	({ type: "tool-call", toolCallId: callId, toolName, input }) as const;

const toToolResult = ({ callId, toolName, output, isError }: Extract<WirePart, { type: "tool-result" }>) =>
	({
		type: "tool-result",
		toolCallId: callId,
		toolName,
		output: { type: isError ? "error-json" : "json", value: output },
	}) as const;
