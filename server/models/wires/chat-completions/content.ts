import type { Say } from "../answer/think-tags.ts";
import { type Fields, toFields } from "../wire-value.ts";

/** Bounds the recursion into nested lists. */
const depthMax = 6;

/**
 * Gives the text and the reasoning of content in any shape to `say`: a string, a part, or a list of parts. Mistral sends reasoning as
 * parts inside of a part, OpenRouter as a list of details, OpenAI refusals in a separate field. Parts without text (references, images)
 * are skipped.
 */
export function sayContent(content: unknown, say: Say, kind: "text" | "reasoning" = "text", depth = 0): void {
	if (typeof content === "string" && content !== "") say(kind, content);
	if (typeof content !== "object" || content === null || depth > depthMax) return;
	if (Array.isArray(content)) {
		for (const part of content) sayContent(part, say, kind, depth + 1);
		return;
	}
	const part = toFields(content);
	const isThought =
		part.thought === true || (typeof part.type === "string" && /think|thought|reason/i.test(part.type));
	const said = findFilled(part, [
		"text",
		"thinking",
		"reasoning",
		"refusal",
		"summary",
		"content",
		"value",
		"parts",
	]);
	sayContent(said, say, isThought ? "reasoning" : kind, depth + 1);
}

/** Fields for reasoning. Gateways send the same text in several of them, so only the first filled one is read. */
const thoughtFields = [
	...["reasoning_content", "reasoning", "thinking", "thought", "thoughts", "reasoning_text"],
	...["reasoning_details", "thinking_blocks", "reasoningContent"],
];

/** Gives the reasoning and the text of a delta or a message to `say`. */
export function sayMessage(message: Fields, say: Say): void {
	if (isTextAlone(message)) {
		say("text", message.content);
		return;
	}
	sayContent(findFilled(message, thoughtFields), say, "reasoning");
	const { content } = message;
	sayContent(typeof content === "number" ? `${content}` : (content ?? message.text), say);
	sayContent(message.refusal, say);
}

/** Nearly all deltas: they are read without looking for anything else. */
function isTextAlone(message: Fields): message is { readonly content: string } {
	for (const key in message) if (key !== "content") return false;
	return typeof message.content === "string" && message.content !== "";
}

/** Whether a delta or a message has content. */
export const saysSomething = (message: Fields): boolean =>
	typeof message.content === "number" ||
	findFilled(message, ["content", "text", "refusal", "tool_calls", "function_call", ...thoughtFields]) !==
		undefined;

/** The first of these fields that is not empty. */
function findFilled(fields: Fields, names: readonly string[]): unknown {
	for (const name of names) {
		const value = fields[name];
		if (value && (!Array.isArray(value) || value.length > 0)) return value;
	}
	return undefined;
}
