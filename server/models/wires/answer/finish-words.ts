import type { FinishReason } from "../../../contract/model-message.ts";
import { toFields } from "../wire-value.ts";

/** The meaning of a provider's finish reason; `other` for an unknown word. */
export type FinishMeaning = Exclude<FinishReason, "unknown"> | "other";

/**
 * The finish reasons of OpenAI, Azure, Anthropic, Google, Mistral, Cohere, Bedrock, Zhipu, DeepSeek, Moonshot, Together, TGI, vLLM,
 * SGLang and llama.cpp, in lower case and letters only. The patterns match parts of words, because providers keep adding variants; the
 * first match counts. Filter verdicts come first, because no other meaning may hide one; errors come before ends, because
 * "stopped by an error" is an error.
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

/** Values that mean: no finish reason. */
const emptyWords = new Set(["", "null", "none", "undefined", "unspecified", "finishreasonunspecified"]);

/** Reads a finish reason in any spelling, also below a field of its own; null for a value that is none. */
export function toFinishMeaning(word: unknown): FinishMeaning | null {
	if (typeof word === "object" && word !== null) {
		const { reason, type, value } = toFields(word);
		return [reason, type, value].map(toFinishMeaning).find((meaning) => meaning !== null) ?? null;
	}
	if (typeof word !== "string") return null;
	const letters = word.toLowerCase().replace(/[^a-z]/g, "");
	if (emptyWords.has(letters)) return null;
	return table.find(([, pattern]) => pattern.test(letters))?.[0] ?? "other";
}
