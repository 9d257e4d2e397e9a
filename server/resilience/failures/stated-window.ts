import type { ErrorBody } from "./error-body.ts";

/** With or without commas between thousands; not of bytes or characters. */
const size = String.raw`(\d{1,3}(?:,\d{3})+|\d{3,9})(?![\d,]*\d)(?!\s*(?:bytes?|char|[kmg]i?b\b))`;

/** Where a sentence states the limit: it may name what was sent as well, before or after it. The first pattern that is found counts. */
const limits = [
	// Anthropic: "198000 + 8192 > 200000".
	`>\\s*${size}`,
	// OpenAI, Azure OpenAI, OpenRouter, vLLM, SGLang, llama.cpp, LM Studio, DeepSeek.
	`context[ _-]?(?:length|size|window|limit)[^\\d.]{0,24}${size}`,
	// Google, xAI, TensorRT.
	`max(?:imum)?[ _](?:[a-z]+[ _]){0,4}?(?:length|limit|tokens?|allowed|size)\\b[^\\d.]{0,24}${size}`,
	// Moonshot, Cohere, Groq.
	`\\blimit(?: of|:| is)? ${size}`,
	// TGI, Alibaba.
	`(?:<=|(?:less|fewer) than|only supports|at most) ${size}`,
	`\\[\\d+, ?${size}\\]`,
].map((pattern) => new RegExp(pattern, "i"));

/** No model's window is smaller. */
const tokensMin = 256;

/**
 * How many tokens a provider says that its model takes, in the error with which it refuses a request that is too long; null when it does
 * not say. It is a window, or a limit of the input alone, which is on the safe side of one. Sentences may quote a person's text, so it
 * counts for that person's request only.
 */
export function toStatedWindow({ messages, isPage }: ErrorBody): number | null {
	if (isPage) return null;
	for (const pattern of limits)
		for (const message of messages) {
			const tokens = Number(pattern.exec(message)?.[1]?.replaceAll(",", ""));
			if (tokens >= tokensMin) return tokens;
		}
	return null;
}
