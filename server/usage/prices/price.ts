import type { TokenUsage } from "../../contract/turn.ts";

/**
 * What a model costs, in US dollars per million tokens, as decimal strings (at most 9 places: a nano-dollar per million
 * tokens). Classes that a provider does not price apart are null and cost what their parent class costs.
 */
export interface Prices {
	readonly inputUsdPerMTok: string;
	readonly cachedInputUsdPerMTok: string | null;
	readonly cacheWriteUsdPerMTok: string | null;
	readonly outputUsdPerMTok: string;
	readonly reasoningUsdPerMTok: string | null;
	/** Prices of a whole call whose input is longer than this. */
	readonly longContext: (Omit<Prices, "longContext"> & { readonly aboveInputTokens: number }) | null;
}

/** Tokens by class, as a provider reports them. */
export type PricedUsage = Pick<
	TokenUsage,
	"inputTokens" | "cachedInputTokens" | "outputTokens" | "reasoningTokens"
> & { readonly cacheWriteTokens?: number };

const places = 9;
const decimal = /^(\d{1,6})(?:\.(\d{1,9}))?$/;

/**
 * Nano-dollars per million tokens.
 *
 * @throws RangeError for anything but a plain decimal of at most 6 digits before and 9 after the point: no sign, no NaN.
 */
export function toNanoUsdPerMTok(usd: string): bigint {
	const match = decimal.exec(usd);
	if (!match) throw new RangeError(`"${usd}" is not a price in US dollars per million tokens.`);
	return BigInt(`${match[1]}${(match[2] ?? "").padEnd(places, "0")}`);
}

/** Everything that is wrong with a price row; nothing for a good one. */
export function findPriceMistakes(prices: Prices): string[] {
	const classes = [
		["inputUsdPerMTok", prices.inputUsdPerMTok],
		["cachedInputUsdPerMTok", prices.cachedInputUsdPerMTok],
		["cacheWriteUsdPerMTok", prices.cacheWriteUsdPerMTok],
		["outputUsdPerMTok", prices.outputUsdPerMTok],
		["reasoningUsdPerMTok", prices.reasoningUsdPerMTok],
	] as const;
	const mistakes = classes.flatMap(([name, usd]) =>
		usd === null || decimal.test(usd) ? [] : [`${name}: must be a decimal number of US dollars, 0 or more`],
	);
	const { cachedInputUsdPerMTok: cached, longContext } = prices;
	if (
		mistakes.length === 0 &&
		cached !== null &&
		toNanoUsdPerMTok(cached) > toNanoUsdPerMTok(prices.inputUsdPerMTok)
	)
		mistakes.push("cachedInputUsdPerMTok: is more than the input price");
	if (longContext) {
		if (!Number.isSafeInteger(longContext.aboveInputTokens) || longContext.aboveInputTokens < 1)
			mistakes.push("longContext.aboveInputTokens: must be a whole number from 1");
		const inner = findPriceMistakes({ ...longContext, longContext: null });
		mistakes.push(...inner.map((mistake) => `longContext.${mistake}`));
	}
	return mistakes;
}

/** The tokens of one class, and what they cost. */
export interface CostLine {
	readonly tokenClass: "input" | "cachedInput" | "cacheWrite" | "output" | "reasoning";
	readonly tokens: number;
	/** US dollars per million tokens, a decimal string: the class's own price, or its parent's. */
	readonly usdPerMTok: string;
	/** Millionths of a nano-dollar: exact. */
	readonly costFemtoUsd: bigint;
}

/** One line for every class of tokens, at the long-context prices when the call's input is longer than their bound. */
export function toCostLines(usage: PricedUsage, prices: Prices): CostLine[] {
	const row = isLongContext(usage, prices) && prices.longContext ? prices.longContext : prices;
	const { cachedInputTokens, reasoningTokens, cacheWriteTokens = 0 } = usage;
	const lines: [tokenClass: CostLine["tokenClass"], tokens: number, usdPerMTok: string][] = [
		["input", usage.inputTokens - cachedInputTokens - cacheWriteTokens, row.inputUsdPerMTok],
		["cachedInput", cachedInputTokens, row.cachedInputUsdPerMTok ?? row.inputUsdPerMTok],
		["cacheWrite", cacheWriteTokens, row.cacheWriteUsdPerMTok ?? row.inputUsdPerMTok],
		["output", usage.outputTokens - reasoningTokens, row.outputUsdPerMTok],
		["reasoning", reasoningTokens, row.reasoningUsdPerMTok ?? row.outputUsdPerMTok],
	];
	return lines.map(([tokenClass, tokens, usdPerMTok]) => {
		return { tokenClass, tokens, usdPerMTok, costFemtoUsd: BigInt(tokens) * toNanoUsdPerMTok(usdPerMTok) };
	});
}

/** Whether a call is priced at the row for long inputs. */
export function isLongContext({ inputTokens }: Pick<PricedUsage, "inputTokens">, prices: Prices): boolean {
	return prices.longContext !== null && inputTokens > prices.longContext.aboveInputTokens;
}

/**
 * The exact cost of one call in nano-dollars: every class of tokens at its price, added up, then rounded once, half up. Cached and
 * cache-writing tokens are part of the input, reasoning tokens part of the output, as providers report them.
 */
export function toCostNanoUsd(usage: PricedUsage, prices: Prices): bigint {
	const total = toCostLines(usage, prices).reduce((sum, { costFemtoUsd }) => sum + costFemtoUsd, 0n);
	return (total + 500_000n) / 1_000_000n;
}

/** The most that a call can cost while its provider honours both bounds: no cache helps, and the dearest class is written. */
export function toCostNanoUsdMax(
	bounds: { inputTokens: number; outputTokens: number },
	prices: Prices,
): bigint {
	const rows = prices.longContext ? [prices, prices.longContext] : [prices];
	const costs = rows.map((row) => {
		const input = dearest(row.inputUsdPerMTok, row.cacheWriteUsdPerMTok);
		const output = dearest(row.outputUsdPerMTok, row.reasoningUsdPerMTok);
		const total = BigInt(bounds.inputTokens) * input + BigInt(bounds.outputTokens) * output;
		return (total + 999_999n) / 1_000_000n;
	});
	return costs.reduce((most, cost) => (cost > most ? cost : most), 0n);
}

/** Nano-dollars per million tokens of the dearest kind of output: what a bound on the output is worth. */
export function toOutputNanoUsdPerMTokMax(prices: Prices): bigint {
	const rows = prices.longContext ? [prices, prices.longContext] : [prices];
	return rows
		.map((row) => dearest(row.outputUsdPerMTok, row.reasoningUsdPerMTok))
		.reduce((most, price) => (price > most ? price : most), 0n);
}

function dearest(usd: string, other: string | null): bigint {
	const [a, b] = [toNanoUsdPerMTok(usd), other === null ? 0n : toNanoUsdPerMTok(other)];
	return a > b ? a : b;
}

/**
 * A provider's report as it can be billed: whole numbers that fit one another, within any window there is. Anything else
 * (missing, negative, fractional, absurd) is null, and the call is billed by an estimate. An explicit 0 is a report.
 */
export function toBillableUsage<Usage extends PricedUsage>(usage: Usage | null): Usage | null {
	if (!usage) return null;
	const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens, cacheWriteTokens = 0 } = usage;
	const isPlausible = [inputTokens, cachedInputTokens, outputTokens, reasoningTokens, cacheWriteTokens].every(
		(tokens) => Number.isInteger(tokens) && tokens >= 0 && tokens <= plausibleTokensMax,
	);
	const isCoherent = cachedInputTokens + cacheWriteTokens <= inputTokens && reasoningTokens <= outputTokens;
	return isPlausible && isCoherent ? usage : null;
}

/** More tokens than any window holds: a report beyond this is a fault, not a bill. */
const plausibleTokensMax = 10_000_000;
