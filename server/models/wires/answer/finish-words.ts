import type { FinishReason } from "../../../contract/turn.ts";

/** What a provider's word for the end of an answer means; `other` when the word is none that is known. */
export type FinishMeaning = Exclude<FinishReason, "unknown"> | "other";

/**
 * The words of OpenAI, Azure, Anthropic, Google, Mistral, Cohere, Bedrock, Zhipu, DeepSeek, Moonshot, Together, TGI, vLLM, SGLang and
 * llama.cpp, in lower case without anything but letters. Each list holds beginnings or parts of words, since providers add to them;
 * the first that fits counts. A filter's verdict is looked for first, because nothing may lead around it, and a failure before an
 * end, because "stopped by an error" is none.
 */
const table: readonly (readonly [FinishMeaning, RegExp])[] = [
	[
		"content-filter",
		/filter|safety|sensitive|refus|prohibit|recitation|blocklist|blocked|^spii$|moderat|guardrail|violat|toxic|harm|polic|risk|^language$/,
	],
	[
		"error",
		/error|fail|abort|cancel|timeout|insufficient|malformed|interrupt|unexpected|disconnect|unavailable/,
	],
	["tool-calls", /^tool|functioncall|^function/],
	["length", /length|token(s|limit)$|max|window|truncat|incomplete|limit/],
	["stop", /^(stop|end|eo[ts]|im_?end|complete|done|finish|success|normal|natural|pauseturn)|eostoken$/],
];

/** Words that say nothing: the answer has not ended, or nobody knows why it did. */
const emptyWords = new Set(["", "null", "none", "undefined", "unspecified", "finishreasonunspecified"]);

/** Reads a finish reason in any spelling; null when it says that the answer has not ended. */
export function toFinishMeaning(word: unknown): FinishMeaning | null {
	if (typeof word !== "string") return null;
	const letters = word.toLowerCase().replace(/[^a-z]/g, "");
	if (emptyWords.has(letters)) return null;
	return table.find(([, pattern]) => pattern.test(letters))?.[0] ?? "other";
}
