import type { LanguageModelV4FinishReason, LanguageModelV4Usage } from "@ai-sdk/provider";
import type { FinishReason, TokenUsage } from "../../contract/turn.ts";

/** `other`, `interrupted` and anything new say that the provider did not tell why it ended. */
export function toFinishReason(reason: LanguageModelV4FinishReason["unified"] | undefined): FinishReason {
	switch (reason) {
		case "stop":
		case "length":
		case "content-filter":
		case "tool-calls":
		case "error":
			return reason;
		default:
			return "unknown";
	}
}

/**
 * The provider's own final count, or `null` when it sent none that can be believed: missing, negative, not whole, or
 * past 2^31-1 (PostgreSQL's `integer`). An explicit 0 is 0. Cached and reasoning tokens are parts of the totals, so a
 * part larger than its total is cut to it.
 */
export function toTokenUsage(usage: LanguageModelV4Usage | undefined): TokenUsage | null {
	if (!usage || isHalfReported(usage.raw)) return null;
	const inputTokens = toCount(usage.inputTokens.total);
	const outputTokens = toCount(usage.outputTokens.total);
	if (inputTokens === null || outputTokens === null) return null;
	return {
		inputTokens,
		cachedInputTokens: Math.min(inputTokens, toCount(usage.inputTokens.cacheRead) ?? 0),
		cacheWriteTokens: 0,
		cacheWrite1hTokens: 0,
		outputTokens,
		reasoningTokens: Math.min(outputTokens, toCount(usage.outputTokens.reasoning) ?? 0),
		source: "provider_final",
	};
}

/** The same rules for a report on OpenAI's wire, as it stands in the last chunk. */
export function toReportedUsage(raw: unknown): TokenUsage | null {
	// As: every field is looked at as unknown below.
	const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = raw as {
		prompt_tokens?: unknown;
		completion_tokens?: unknown;
		prompt_tokens_details?: { cached_tokens?: unknown } | null;
		completion_tokens_details?: { reasoning_tokens?: unknown } | null;
	};
	const inputTokens = toCount(prompt_tokens);
	const outputTokens = toCount(completion_tokens);
	if (inputTokens === null || outputTokens === null) return null;
	return {
		inputTokens,
		cachedInputTokens: Math.min(inputTokens, toCount(prompt_tokens_details?.cached_tokens) ?? 0),
		cacheWriteTokens: 0,
		cacheWrite1hTokens: 0,
		outputTokens,
		reasoningTokens: Math.min(outputTokens, toCount(completion_tokens_details?.reasoning_tokens) ?? 0),
		source: "provider_final",
	};
}

const toCount = (value: unknown): number | null =>
	typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0x7fffffff ? value : null;

/**
 * The AI SDK turns an absent count into 0, which would bill nothing: the raw report must name its totals. Google leaves
 * out counts that are zero (protobuf's JSON), so there the prompt's count alone is asked for.
 */
function isHalfReported(raw: LanguageModelV4Usage["raw"]): boolean {
	if (!raw) return false;
	if ("input_tokens" in raw || "output_tokens" in raw) return false;
	if ("promptTokenCount" in raw) return typeof raw.promptTokenCount !== "number";
	return typeof raw.prompt_tokens !== "number" || typeof raw.completion_tokens !== "number";
}
