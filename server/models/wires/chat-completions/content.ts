import type { Say } from "../answer/think-tags.ts";
import { type Fields, toFields } from "../wire-value.ts";

/** Lists in lists have an end. */
const depthMax = 6;

/**
 * Says the text and the thoughts of a content in any shape: text, a part of it, or a list of parts. Mistral sends thoughts as parts in
 * a part of the text, OpenRouter as a list of details, OpenAI refusals in a field of their own. Parts without text (references,
 * pictures) say nothing.
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
	const said = findFilled(part, ["text", "thinking", "reasoning", "refusal", "summary", "content", "value"]);
	sayContent(said, say, isThought ? "reasoning" : kind, depth + 1);
}

/** Where a delta or a message has its thoughts. Gateways send the same thought in several of these: the first that is filled counts. */
const thoughtFields = [
	...["reasoning_content", "reasoning", "thinking", "thought", "thoughts", "reasoning_text"],
	...["reasoning_details", "thinking_blocks", "reasoningContent"],
];

/** Says the thoughts and the text of a delta or of a message. */
export function sayMessage(message: Fields, say: Say): void {
	sayContent(findFilled(message, thoughtFields), say, "reasoning");
	sayContent(message.content, say);
	sayContent(message.refusal, say);
}

/** Whether a delta or a message says anything. */
export const saysSomething = (message: Fields): boolean =>
	findFilled(message, ["content", "refusal", ...thoughtFields]) !== undefined;

/** The first of these fields with something in it: an empty one hides no other. */
function findFilled(fields: Fields, names: readonly string[]): unknown {
	for (const name of names) {
		const value = fields[name];
		if (value && (!Array.isArray(value) || value.length > 0)) return value;
	}
	return undefined;
}
