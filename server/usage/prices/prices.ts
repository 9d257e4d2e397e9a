/** What one million tokens of each class cost, in US dollars, as decimal strings (at most 9 places: a nano-dollar per million). */
interface ClassPrices {
	readonly inputUsdPerMTok: string;
	/** Read from the provider's cache. Null: as input. */
	readonly cachedInputUsdPerMTok: string | null;
	/** Written to a cache that lasts 5 minutes, or as long as the provider's default. Null: as input. */
	readonly cacheWriteUsdPerMTok: string | null;
	/** Written to a cache that lasts 1 hour. Null, and absent in rows of before there was this class: as the other writes. */
	readonly cacheWrite1hUsdPerMTok?: string | null;
	readonly outputUsdPerMTok: string;
	/** Null: as output. */
	readonly reasoningUsdPerMTok: string | null;
}

/** The prices of a model. Classes that a provider does not price apart are null and cost what their parent class costs. */
export interface Prices extends ClassPrices {
	/** Prices of a whole call whose input is longer than this. */
	readonly longContext: (ClassPrices & { readonly aboveInputTokens: number }) | null;
}

const places = 9;
const decimal = /^(\d{1,6})(?:\.(\d{1,9}))?$/;

/** A plain decimal of at most 6 digits before and 9 after the point: no sign, no exponent, no NaN. */
export const isPrice = (usd: string): boolean => decimal.test(usd);

/**
 * Nano-dollars per million tokens.
 *
 * @throws RangeError for anything that is no price.
 */
export function toNanoUsdPerMTok(usd: string): bigint {
	const match = decimal.exec(usd);
	if (!match) throw new RangeError(`"${usd}" is not a price in US dollars per million tokens.`);
	return BigInt(`${match[1]}${(match[2] ?? "").padEnd(places, "0")}`);
}

/** The decimal string of a price, without trailing zeros. */
export function toUsdPerMTok(nanoUsdPerMTok: bigint): string {
	const digits = nanoUsdPerMTok.toString().padStart(places + 1, "0");
	const fraction = digits.slice(-places).replace(/0+$/, "");
	return `${digits.slice(0, -places)}${fraction === "" ? "" : `.${fraction}`}`;
}

const classNames = [
	"inputUsdPerMTok",
	"cachedInputUsdPerMTok",
	"cacheWriteUsdPerMTok",
	"cacheWrite1hUsdPerMTok",
	"outputUsdPerMTok",
	"reasoningUsdPerMTok",
] as const satisfies readonly (keyof ClassPrices)[];

/** Everything that is wrong with a price row; nothing for a good one. */
export function findPriceMistakes({ longContext, ...prices }: Prices): string[] {
	const mistakes = findClassMistakes(prices);
	if (!longContext) return mistakes;
	if (!Number.isSafeInteger(longContext.aboveInputTokens) || longContext.aboveInputTokens < 1)
		mistakes.push("longContext.aboveInputTokens: must be a whole number from 1");
	return [...mistakes, ...findClassMistakes(longContext).map((mistake) => `longContext.${mistake}`)];
}

function findClassMistakes(prices: ClassPrices): string[] {
	const mistakes = classNames.flatMap((name) => {
		const usd = prices[name] ?? null;
		return usd === null || isPrice(usd) ? [] : [`${name}: must be a decimal number of US dollars, 0 or more`];
	});
	const { cachedInputUsdPerMTok: cached, inputUsdPerMTok: input } = prices;
	if (mistakes.length === 0 && cached !== null && toNanoUsdPerMTok(cached) > toNanoUsdPerMTok(input))
		mistakes.push("cachedInputUsdPerMTok: is more than the input price");
	return mistakes;
}

/** Whether two rows price every class the same, whatever the order of their fields and whether a null is written out. */
export function isSamePrices(one: Prices, other: Prices): boolean {
	return toKey(one) === toKey(other);
}

const toKey = ({ longContext, ...prices }: Prices): string =>
	JSON.stringify([
		toClassKey(prices),
		longContext && [longContext.aboveInputTokens, ...toClassKey(longContext)],
	]);

const toClassKey = (prices: ClassPrices) => classNames.map((name) => prices[name] ?? null);
