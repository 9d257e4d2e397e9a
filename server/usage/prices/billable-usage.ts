import type { TokenUsage } from "../../contract/turn.ts";

/** Tokens by class, as a provider reports them. */
export type PricedUsage = Omit<TokenUsage, "source">;

/** More tokens than any window holds: a report beyond this is a fault, not a bill. */
const plausibleTokensMax = 10_000_000;

/**
 * A provider's report as it can be billed: whole numbers within any window there is, whose classes add up to their totals. Parts
 * that are together larger than their total are cut to it: what is read from a cache last, as the readers of the wires do it,
 * then what is written for an hour. No class is negative. Anything else (missing, negative, fractional, absurd) is null, and the call is billed by
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
	const cachedInputTokens = Math.min(usage.cachedInputTokens, inputTokens);
	const cacheWrite1hTokens = Math.min(usage.cacheWrite1hTokens, inputTokens - cachedInputTokens);
	const left = inputTokens - cachedInputTokens - cacheWrite1hTokens;
	return {
		...usage,
		cachedInputTokens,
		cacheWrite1hTokens,
		cacheWriteTokens: Math.min(usage.cacheWriteTokens, left),
		reasoningTokens: Math.min(usage.reasoningTokens, outputTokens),
	};
}

const isPlausible = (tokens: number) =>
	Number.isInteger(tokens) && tokens >= 0 && tokens <= plausibleTokensMax;
