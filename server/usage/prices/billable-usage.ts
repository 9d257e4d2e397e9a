import type { TokenUsage } from "../../contract/turn.ts";

/** Tokens by class, as a provider reports them. */
export type PricedUsage = Omit<TokenUsage, "source">;

/** More tokens than any window holds: a report beyond this is a fault, not a bill. */
const plausibleTokensMax = 10_000_000;

/**
 * A provider's report as it can be billed: whole numbers within any window there is, whose classes add up to their totals. Parts
 * that are together larger than their total are cut to it, the most expensive class last: no class is negative, and the ledger
 * does not fall below the invoice. Anything else (missing, negative, fractional, absurd) is null, and the call is billed by
 * an estimate. An explicit 0 is a report.
 */
export function toBillableUsage<Usage extends PricedUsage>(usage: Usage | null): Usage | null {
	if (!usage) return null;
	const { inputTokens, outputTokens } = usage;
	const counts = [
		inputTokens,
		usage.cachedInputTokens,
		usage.cacheWriteTokens,
		usage.cacheWrite1hTokens,
		outputTokens,
		usage.reasoningTokens,
	];
	if (!counts.every(isPlausible)) return null;
	const cacheWrite1hTokens = Math.min(usage.cacheWrite1hTokens, inputTokens);
	const cacheWriteTokens = Math.min(usage.cacheWriteTokens, inputTokens - cacheWrite1hTokens);
	const left = inputTokens - cacheWrite1hTokens - cacheWriteTokens;
	return {
		...usage,
		cacheWrite1hTokens,
		cacheWriteTokens,
		cachedInputTokens: Math.min(usage.cachedInputTokens, left),
		reasoningTokens: Math.min(usage.reasoningTokens, outputTokens),
	};
}

const isPlausible = (tokens: number) =>
	Number.isInteger(tokens) && tokens >= 0 && tokens <= plausibleTokensMax;
