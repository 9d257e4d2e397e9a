import * as z from "zod";
import type { Actor } from "../../audit/index.ts";
import { AppError } from "../../contract/errors.ts";
import { wellFormedText } from "../../contract/text.ts";
import { fillCacheWrites } from "./cache-write-prices.ts";
import type { PriceBook, PriceRow } from "./price-book.ts";
import { findPriceMistakes } from "./prices.ts";

const price = z.string().nullable();

/** In the order of the receipt's classes. */
const givenClasses = {
	inputUsdPerMTok: z.string(),
	cachedInputUsdPerMTok: price.default(null),
	cacheWriteUsdPerMTok: price.optional(),
	cacheWrite1hUsdPerMTok: price.optional(),
	outputUsdPerMTok: z.string(),
	reasoningUsdPerMTok: price.default(null),
};

const classes = {
	...givenClasses,
	cacheWriteUsdPerMTok: price.default(null),
	cacheWrite1hUsdPerMTok: price.default(null),
};

/**
 * US dollars per million tokens, decimal strings; a class that is null costs what its parent costs. A class of cache writes that
 * is left out keeps its multiple of the input price.
 */
const givenPrices = z.strictObject({
	...givenClasses,
	longContext: z
		.strictObject({ ...givenClasses, aboveInputTokens: z.number() })
		.nullable()
		.default(null),
});

const listedPrices = z.object({
	...classes,
	longContext: z
		.object({ ...classes, aboveInputTokens: z.number() })
		.nullable()
		.default(null),
});

/** A model's new row. Without a date it counts from now on; a date in the past is for a later recompute. */
export const priceChange = z.strictObject({
	modelId: wellFormedText({ min: 1, max: 300 }),
	prices: givenPrices,
	validFrom: z.iso.datetime({ offset: true }).optional(),
});

/** A dated row as callers see it. */
export const listedPrice = z.object({
	priceId: z.string(),
	modelId: z.string(),
	/** ISO 8601. */
	validFrom: z.string(),
	source: z.enum(["catalogue", "config", "built-in", "admin"]),
	isInForce: z.boolean(),
	prices: listedPrices,
});
export type ListedPrice = z.infer<typeof listedPrice>;

const tenYearsMs = 10 * 366 * 86_400_000;

/**
 * Adds a dated row; the ledger's lines do not change. Audited.
 *
 * @throws AppError `invalid_request` with every mistake in `details.issues`.
 */
export async function setPrice(
	book: PriceBook,
	change: z.input<typeof priceChange>,
	by: Actor,
): Promise<ListedPrice> {
	const parsed = priceChange.safeParse(change);
	if (!parsed.success)
		throw toMistake(parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`));
	const { modelId } = parsed.data;
	const validFrom = parsed.data.validFrom === undefined ? new Date() : new Date(parsed.data.validFrom);
	const current = book.find(modelId, validFrom.getTime());
	const prices = fillCacheWrites(parsed.data.prices, current.id === null ? null : current.prices);
	const mistakes = findPriceMistakes(prices);
	if (Math.abs(validFrom.getTime() - Date.now()) > tenYearsMs)
		mistakes.push("validFrom: is more than ten years away");
	if (mistakes.length > 0) throw toMistake(mistakes);
	const row = await book.set({ modelId, prices, validFrom, source: "admin", createdBy: by });
	const listed = listPrices(book).find(({ priceId }) => priceId === row.id);
	return listed ?? toListed(row, false);
}

/** Every row of every model, by model, the newest first. */
export function listPrices(book: PriceBook): ListedPrice[] {
	return book
		.list()
		.map((row) => toListed(row, book.find(row.modelId).id === row.id))
		.toSorted((one, other) => one.modelId.localeCompare(other.modelId));
}

/** Models without a price: their calls cost the ceiling `unpriced`, never nothing. */
export function listUnpriced(book: PriceBook, models: readonly { readonly id: string }[]): string[] {
	return models.map(({ id }) => id).filter((id) => book.find(id).id === null);
}

function toListed({ id, modelId, validFrom, prices, source }: PriceRow, isInForce: boolean): ListedPrice {
	return {
		priceId: id,
		modelId,
		validFrom: validFrom.toISOString(),
		source,
		isInForce,
		prices: listedPrices.parse(prices),
	};
}

function toMistake(issues: string[]): AppError {
	return new AppError("invalid_request", issues.join("; "), { details: { issues } });
}
