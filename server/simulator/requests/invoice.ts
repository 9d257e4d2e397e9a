import * as z from "zod";
import { noTokens, type TokenCount } from "../answers/answer-plan.ts";
import { toCacheCounts } from "./exchange.ts";
import type { RequestRecord } from "./request-log.ts";

const decimal = z.string().regex(/^\d+(\.\d{1,12})?$/, "a decimal number of US dollars, at most 12 places");

/** US dollars per million tokens, as decimal strings, by model; the name `*` prices every model not named. */
const classes = {
	inputUsdPerMTok: decimal,
	cachedInputUsdPerMTok: decimal.optional(),
	cacheWriteUsdPerMTok: decimal.optional(),
	cacheWrite1hUsdPerMTok: decimal.optional(),
	outputUsdPerMTok: decimal,
	reasoningUsdPerMTok: decimal.optional(),
};
export const priceTable = z.record(
	z.string(),
	z.object({
		...classes,
		/** The prices of a whole request whose prompt is longer than that. */
		longContext: z.object({ ...classes, aboveInputTokens: z.number().int().positive() }).optional(),
	}),
);
export type PriceTable = z.infer<typeof priceTable>;

/** What the provider asks for one request: the truth that a ledger is compared with. */
export interface InvoiceLine {
	readonly requestId: string;
	/** The client's own name for it, from the header `X-Client-Request-Id`. */
	readonly clientRequestId: string | null;
	readonly model: string;
	/** Includes those read from a cache and those written to one. */
	readonly inputTokens: number;
	readonly cachedInputTokens: number;
	/** Written to a cache for the provider's standard time. */
	readonly cacheWriteTokens: number;
	readonly cacheWrite1hTokens: number;
	/** Includes the reasoning ones. */
	readonly outputTokens: number;
	readonly reasoningTokens: number;
	/** Nano-dollars as a decimal integer; "0" for a model without a price. */
	readonly costNanoUsd: string;
}

export const defaultPrices: PriceTable = {
	"sim-small": { inputUsdPerMTok: "0.15", cachedInputUsdPerMTok: "0.075", outputUsdPerMTok: "0.60" },
	"sim-large": { inputUsdPerMTok: "2.50", cachedInputUsdPerMTok: "1.25", outputUsdPerMTok: "10.00" },
};

/** More tokens than any window holds: a report beyond this is a fault, not a bill. */
const plausibleTokensMax = 10_000_000;

const toPicoUnits = (usd: string): bigint => {
	const [whole = "0", fraction = ""] = usd.split(".");
	return BigInt(whole + fraction.padEnd(12, "0"));
};

/**
 * The exact price of one request: dollars per million tokens are thousands of nano-dollars per token. All classes are
 * added before the one rounding, half up.
 */
export function priceTokens(usage: TokenCount, price: PriceTable[string]): bigint {
	const { longContext } = price;
	const row = longContext && usage.promptTokens > longContext.aboveInputTokens ? longContext : price;
	const write = row.cacheWriteUsdPerMTok ?? row.inputUsdPerMTok;
	const { promptTokens, cachedTokens, cacheWriteTokens, cacheWrite1hTokens } = usage;
	const priced: [tokens: number, usdPerMTok: string][] = [
		[promptTokens - cachedTokens - cacheWriteTokens, row.inputUsdPerMTok],
		[cachedTokens, row.cachedInputUsdPerMTok ?? row.inputUsdPerMTok],
		[cacheWriteTokens - cacheWrite1hTokens, write],
		[cacheWrite1hTokens, row.cacheWrite1hUsdPerMTok ?? write],
		[usage.completionTokens - usage.reasoningTokens, row.outputUsdPerMTok],
		[usage.reasoningTokens, row.reasoningUsdPerMTok ?? row.outputUsdPerMTok],
	];
	const sum = priced.reduce((total, [tokens, usd]) => total + BigInt(tokens) * toPicoUnits(usd), 0n);
	return (sum + 500_000_000n) / 1_000_000_000n;
}

const isPlausible = (usage: TokenCount) =>
	Object.values(usage).every(
		(tokens) => Number.isInteger(tokens) && tokens >= 0 && tokens <= plausibleTokensMax,
	) && usage.reasoningTokens <= usage.completionTokens;

/**
 * What a request is billed, or null for nothing. A plausible report is the bill, also when it says 0 or too much; what it says of
 * caches counts as far as there is prompt. Without one the prompt and the tokens generated until the end or the abort are billed,
 * but a filtered answer, and a fault before the first token, cost nothing.
 */
function toBilledTokens(record: RequestRecord): TokenCount | null {
	const { reported } = record;
	if (reported !== null && isPlausible(reported)) return { ...reported, ...toCacheCounts(reported) };
	if (!record.isAccepted) return null;
	if (record.fault?.startsWith("filter-response")) return noTokens;
	if (record.fault !== null && record.tokensSent === 0) return null;
	return {
		...toCacheCounts(record),
		completionTokens: record.tokensSent,
		reasoningTokens: record.reasoningTokensSent,
	};
}

/** One line for each billable request, in order of received. */
export function toInvoice(records: readonly RequestRecord[], prices: PriceTable): InvoiceLine[] {
	const lines: InvoiceLine[] = [];
	for (const record of records) {
		const billed = toBilledTokens(record);
		if (billed === null) continue;
		const price = findPrice(record.model, prices);
		lines.push({
			requestId: record.id,
			clientRequestId: record.headers["x-client-request-id"] ?? null,
			model: record.model,
			inputTokens: billed.promptTokens,
			cachedInputTokens: billed.cachedTokens,
			cacheWriteTokens: billed.cacheWriteTokens - billed.cacheWrite1hTokens,
			cacheWrite1hTokens: billed.cacheWrite1hTokens,
			outputTokens: billed.completionTokens,
			reasoningTokens: billed.reasoningTokens,
			costNanoUsd: price === undefined ? "0" : priceTokens(billed, price).toString(),
		});
	}
	return lines;
}

/** By the full name, then by the name before `sim:`, then by `*`. */
export function findPrice(model: string, prices: PriceTable): PriceTable[string] | undefined {
	const at = model.indexOf("sim:");
	const plain = at > 0 ? model.slice(0, at).replace(/[/:]+$/, "") : model;
	return prices[model] ?? prices[plain] ?? prices["*"];
}
