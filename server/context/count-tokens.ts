import type { MessagePart } from "../contract/parts.ts";

/** Names the counting rule of this file; stored with every count, so that counts of another rule are not mixed with these. */
export const tokenizer = "estimate-1";

/** Tokens that every message costs beside its content (role and separators), as OpenAI documents for chat models. */
const tokensPerMessage = 4;
const charactersPerToken = 3.5;
/** The most that a current provider counts for one image (Anthropic: width * height / 750, scaled to at most 1.15 megapixels). */
export const tokensPerImage = 1_600;

/**
 * Estimates the tokens of a text, on the high side: a token for about 3.5 Latin characters and one for each character
 * outside Latin, Greek and Cyrillic. Exact counts come from the provider after the call.
 */
function countTextTokens(text: string): number {
	let wide = 0;
	for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x52f) wide++;
	return Math.ceil((text.length - wide) / charactersPerToken) + wide;
}

/** Estimates the tokens of one message as a model reads it, by the same rule. Citations, past reasoning and unknown parts are not sent. */
export function countMessageTokens(parts: readonly MessagePart[]): number {
	return parts.reduce((sum, part) => sum + countPartTokens(part), tokensPerMessage);
}

function countPartTokens(part: MessagePart): number {
	switch (part.type) {
		case "text":
			return countTextTokens(part.text);
		case "image":
			return tokensPerImage;
		case "file":
			return part.source.type === "inline" ? countTextTokens(part.source.base64) : 0;
		case "tool-call":
			return countTextTokens(part.toolName) + countTextTokens(JSON.stringify(part.input));
		case "tool-result":
			return countTextTokens(JSON.stringify(part.output));
		case "reasoning":
		case "citation":
		case "unknown":
			return 0;
	}
}
