import type { InvoiceRow } from "./provider-records.ts";

/** US dollars per million tokens, as decimal strings; a class without a price costs what its plain class costs. */
export interface TokenPrices {
	readonly inputUsdPerMTok: string;
	readonly cachedInputUsdPerMTok?: string | undefined;
	readonly cacheWriteUsdPerMTok?: string | undefined;
	/** Without a price, what other writes cost. */
	readonly cacheWrite1hUsdPerMTok?: string | undefined;
	readonly outputUsdPerMTok: string;
	readonly reasoningUsdPerMTok?: string | undefined;
}

/** By the provider's model name. From more input tokens than stated on, a whole request costs the long-context prices. */
export type PriceSheet = Readonly<
	Record<
		string,
		TokenPrices & { readonly longContext?: (TokenPrices & { readonly aboveInputTokens: number }) | undefined }
	>
>;

type Tokens = Omit<InvoiceRow, "requestId" | "clientRequestId" | "model" | "costNanoUsd">;

/**
 * What one request must cost in nano-US-dollars, by arithmetic of the proof's own: neither the product's nor the simulator's. All
 * classes are added up exactly and rounded once, half up.
 */
export function recomputePrice(tokens: Tokens, sheet: PriceSheet[string]): bigint {
	const long = sheet.longContext;
	const prices = long && tokens.inputTokens > long.aboveInputTokens ? long : sheet;
	const { cachedInputTokens, cacheWriteTokens, cacheWrite1hTokens } = tokens;
	const write = prices.cacheWriteUsdPerMTok ?? prices.inputUsdPerMTok;
	const fresh = tokens.inputTokens - cachedInputTokens - cacheWriteTokens - cacheWrite1hTokens;
	const parts: readonly (readonly [tokens: number, usdPerMTok: string])[] = [
		[fresh, prices.inputUsdPerMTok],
		[cachedInputTokens, prices.cachedInputUsdPerMTok ?? prices.inputUsdPerMTok],
		[cacheWriteTokens, write],
		[cacheWrite1hTokens, prices.cacheWrite1hUsdPerMTok ?? write],
		[tokens.outputTokens - tokens.reasoningTokens, prices.outputUsdPerMTok],
		[tokens.reasoningTokens, prices.reasoningUsdPerMTok ?? prices.outputUsdPerMTok],
	];
	// Prices have at most 12 decimal places, so that a product is a whole number of 10^-18 US dollars.
	const exact = parts.reduce((sum, [count, usd]) => sum + BigInt(count) * toTrillionths(usd), 0n);
	return (exact + 500_000_000n) / 1_000_000_000n;
}

function toTrillionths(usd: string): bigint {
	const [whole = "0", fraction = ""] = usd.split(".");
	return BigInt(whole + fraction.padEnd(12, "0"));
}
