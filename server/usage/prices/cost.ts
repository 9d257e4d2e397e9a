import type { PricedUsage } from "./billable-usage.ts";
import { type Prices, toNanoUsdPerMTok } from "./prices.ts";

/** The classes of tokens that have a price, in the order in which a receipt lists them. */
export const tokenClasses = [
	"input",
	"cachedInput",
	"cacheWrite",
	"cacheWrite1h",
	"output",
	"reasoning",
] as const;
export type TokenClass = (typeof tokenClasses)[number];

/** The tokens of one class, and what they cost. */
export interface CostLine {
	readonly tokenClass: TokenClass;
	readonly tokens: number;
	/** US dollars per million tokens, a decimal string: the class's own price, or its parent's. */
	readonly usdPerMTok: string;
	/** Millionths of a nano-dollar: exact. */
	readonly costFemtoUsd: bigint;
}

/**
 * One line for every class of tokens, at the long-context prices when the call's input is longer than their bound. The lines'
 * tokens add up to input plus output.
 */
export function toCostLines(usage: PricedUsage, prices: Prices): CostLine[] {
	const row = isLongContext(usage, prices) && prices.longContext ? prices.longContext : prices;
	const price = toClassPrices(row);
	const tokens = toClassTokens(usage);
	return tokenClasses.map((tokenClass) => ({
		tokenClass,
		tokens: tokens[tokenClass],
		usdPerMTok: price[tokenClass],
		costFemtoUsd: BigInt(tokens[tokenClass]) * toNanoUsdPerMTok(price[tokenClass]),
	}));
}

/** Cached reads and both kinds of cache writes are parts of the input, reasoning is a part of the output. */
function toClassTokens(usage: PricedUsage): Record<TokenClass, number> {
	const { cachedInputTokens, cacheWriteTokens, cacheWrite1hTokens, reasoningTokens } = usage;
	return {
		input: usage.inputTokens - cachedInputTokens - cacheWriteTokens - cacheWrite1hTokens,
		cachedInput: cachedInputTokens,
		cacheWrite: cacheWriteTokens,
		cacheWrite1h: cacheWrite1hTokens,
		output: usage.outputTokens - reasoningTokens,
		reasoning: reasoningTokens,
	};
}

/** Every class's own price, or its parent's. */
function toClassPrices(row: Omit<Prices, "longContext">): Record<TokenClass, string> {
	const cacheWrite = row.cacheWriteUsdPerMTok ?? row.inputUsdPerMTok;
	return {
		input: row.inputUsdPerMTok,
		cachedInput: row.cachedInputUsdPerMTok ?? row.inputUsdPerMTok,
		cacheWrite,
		cacheWrite1h: row.cacheWrite1hUsdPerMTok ?? cacheWrite,
		output: row.outputUsdPerMTok,
		reasoning: row.reasoningUsdPerMTok ?? row.outputUsdPerMTok,
	};
}

/** Whether a call is priced at the row for long inputs. */
export function isLongContext({ inputTokens }: Pick<PricedUsage, "inputTokens">, prices: Prices): boolean {
	return prices.longContext !== null && inputTokens > prices.longContext.aboveInputTokens;
}

/** The exact cost of one call in nano-dollars: every class of tokens at its price, added up, then rounded once, half up. */
export function toCostNanoUsd(usage: PricedUsage, prices: Prices): bigint {
	const total = toCostLines(usage, prices).reduce((sum, { costFemtoUsd }) => sum + costFemtoUsd, 0n);
	return (total + 500_000n) / 1_000_000n;
}

/**
 * The most that a call can cost while its provider honours both bounds: all tokens are of the most expensive class of their kind,
 * at the prices of whichever row is higher. Rounded up.
 */
export function toCostNanoUsdMax(
	bounds: { inputTokens: number; outputTokens: number },
	prices: Prices,
): bigint {
	return toRows(prices)
		.map((row) => {
			const input = BigInt(bounds.inputTokens) * mostExpensive(row, inputClasses);
			const output = BigInt(bounds.outputTokens) * mostExpensive(row, outputClasses);
			return (input + output + 999_999n) / 1_000_000n;
		})
		.reduce(larger, 0n);
}

/** Nano-dollars per million tokens of the most expensive class of output: what a bound on the output is worth. */
export function toOutputNanoUsdPerMTokMax(prices: Prices): bigint {
	return toRows(prices)
		.map((row) => mostExpensive(row, outputClasses))
		.reduce(larger, 0n);
}

const inputClasses = ["input", "cachedInput", "cacheWrite", "cacheWrite1h"] as const;
const outputClasses = ["output", "reasoning"] as const;

const toRows = (prices: Prices) => (prices.longContext ? [prices, prices.longContext] : [prices]);

function mostExpensive(row: Omit<Prices, "longContext">, classes: readonly TokenClass[]): bigint {
	const price = toClassPrices(row);
	return classes.map((tokenClass) => toNanoUsdPerMTok(price[tokenClass])).reduce(larger, 0n);
}

const larger = (one: bigint, other: bigint) => (one > other ? one : other);
