import type { PricedUsage } from "../prices/billable-usage.ts";
import { type TokenClass, toCostLines } from "../prices/cost.ts";
import { type Prices, toNanoUsdPerMTok } from "../prices/prices.ts";

/** What a part of a request had of the input that its call was billed for. */
export interface InputShare {
	readonly tokens: number;
	/** Of these, read from the provider's cache, and written to it. */
	readonly cachedTokens: number;
	readonly writtenTokens: number;
	/** Millionths of a nano-dollar; null for a model without a price. */
	readonly costFemtoUsd: bigint | null;
}

/** A cache holds the beginning of a request: what was read from it comes first, then what was written to it. */
const classOrder = ["cachedInput", "cacheWrite1h", "cacheWrite", "input"] as const satisfies TokenClass[];

/**
 * Divides the input of a call among the parts of its request, in their order, by their estimated tokens. The shares' tokens and costs add up to
 * the call's own. Of a call that was billed for no input the estimates stand.
 */
export function shareInput(
	estimates: readonly number[],
	usage: PricedUsage,
	prices: Prices | null,
): InputShare[] {
	const all = estimates.reduce((sum, tokens) => sum + tokens, 0);
	if (usage.inputTokens === 0 || all === 0)
		return estimates.map((tokens) => ({
			tokens,
			cachedTokens: 0,
			writtenTokens: 0,
			costFemtoUsd: prices && 0n,
		}));
	const lines =
		prices && new Map(toCostLines(usage, prices).map((line) => [line.tokenClass, line.usdPerMTok]));
	const stretches = toStretches(usage);
	let passed = 0;
	return estimates.map((estimate) => {
		const from = Math.round((passed / all) * usage.inputTokens);
		passed += estimate;
		const to = Math.round((passed / all) * usage.inputTokens);
		const within = stretches.map(({ tokenClass, start, end }) => ({
			tokenClass,
			tokens: Math.max(0, Math.min(to, end) - Math.max(from, start)),
		}));
		const count = (...classes: TokenClass[]) =>
			within.reduce((sum, { tokenClass, tokens }) => sum + (classes.includes(tokenClass) ? tokens : 0), 0);
		return {
			tokens: to - from,
			cachedTokens: count("cachedInput"),
			writtenTokens: count("cacheWrite", "cacheWrite1h"),
			costFemtoUsd:
				lines &&
				within.reduce(
					(sum, { tokenClass, tokens }) =>
						sum + BigInt(tokens) * toNanoUsdPerMTok(lines.get(tokenClass) ?? "0"),
					0n,
				),
		};
	});
}

/** Where in the input the tokens of each class are. */
function toStretches(usage: PricedUsage) {
	const tokens: Record<(typeof classOrder)[number], number> = {
		cachedInput: usage.cachedInputTokens,
		cacheWrite1h: usage.cacheWrite1hTokens,
		cacheWrite: usage.cacheWriteTokens,
		input: usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens - usage.cacheWrite1hTokens,
	};
	let end = 0;
	return classOrder.map((tokenClass) => {
		const start = end;
		end += tokens[tokenClass];
		return { tokenClass, start, end };
	});
}
