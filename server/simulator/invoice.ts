import * as z from "zod";
import type { TokenCount } from "./answer-plan.ts";
import type { RequestRecord } from "./request-log.ts";

const decimal = z.string().regex(/^\d+(\.\d{1,12})?$/, "a decimal number of US dollars, at most 12 places");

/** US dollars per million tokens, as decimal strings, by model; the name `*` prices every model not named. */
const classes = {
	inputUsdPerMTok: decimal,
	cachedInputUsdPerMTok: decimal.optional(),
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
	/** Includes the cached ones. */
	readonly inputTokens: number;
	readonly cachedInputTokens: number;
	/** Includes the reasoning ones. */
	readonly outputTokens: number;
	readonly reasoningTokens: number;
	/** Nano-dollars as a decimal integer; "0" for a model without a price. */
	readonly costNanoUsd: string;
}

export const standardPrices: PriceTable = {
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
	const cached = BigInt(usage.cachedTokens) * toPicoUnits(row.cachedInputUsdPerMTok ?? row.inputUsdPerMTok);
	const fresh = BigInt(usage.promptTokens - usage.cachedTokens) * toPicoUnits(row.inputUsdPerMTok);
	const output = BigInt(usage.completionTokens - usage.reasoningTokens) * toPicoUnits(row.outputUsdPerMTok);
	const reasoning =
		BigInt(usage.reasoningTokens) * toPicoUnits(row.reasoningUsdPerMTok ?? row.outputUsdPerMTok);
	return (cached + fresh + output + reasoning + 500_000_000n) / 1_000_000_000n;
}

const isPlausible = (usage: TokenCount) =>
	Object.values(usage).every(
		(tokens) => Number.isInteger(tokens) && tokens >= 0 && tokens <= plausibleTokensMax,
	) &&
	usage.cachedTokens <= usage.promptTokens &&
	usage.reasoningTokens <= usage.completionTokens;

/**
 * What a request is billed, or null for nothing. A plausible report is the bill, also when it says 0 or too much.
 * Without one the prompt and the tokens generated until the end or the abort are billed, but a filtered answer, and
 * a fault before the first token, cost nothing.
 */
function toBilledTokens(record: RequestRecord): TokenCount | null {
	if (record.reported !== null && isPlausible(record.reported)) return record.reported;
	if (!record.isAccepted) return null;
	const isFiltered = record.fault?.startsWith("filter-response") === true;
	if (isFiltered) return { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 };
	if (record.fault !== null && record.tokensSent === 0) return null;
	return {
		promptTokens: record.promptTokens,
		cachedTokens: Math.min(record.cachedTokens, record.promptTokens),
		completionTokens: record.tokensSent,
		reasoningTokens: record.reasoningTokensSent,
	};
}

/** One line for each billable request, in order of arrival. */
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
			outputTokens: billed.completionTokens,
			reasoningTokens: billed.reasoningTokens,
			costNanoUsd: price === undefined ? "0" : priceTokens(billed, price).toString(),
		});
	}
	return lines;
}

/** By the full name, then by the name before `sim:`, then by `*`. */
function findPrice(model: string, prices: PriceTable): PriceTable[string] | undefined {
	const at = model.indexOf("sim:");
	const plain = at > 0 ? model.slice(0, at).replace(/[/:]+$/, "") : model;
	return prices[model] ?? prices[plain] ?? prices["*"];
}
