import { isPrice, type Prices, toNanoUsdPerMTok, toUsdPerMTok } from "./prices.ts";

type CacheWriteName = "cacheWriteUsdPerMTok" | "cacheWrite1hUsdPerMTok";
type Row = Omit<Prices, "longContext">;
/** Prices as an administrator gives them: classes of cache writes may be absent, which is not the same as null. */
type Given<Prices> = Omit<Prices, CacheWriteName> & {
	readonly [name in CacheWriteName]?: string | null | undefined;
};
export interface GivenPrices extends Given<Row> {
	readonly longContext: Given<NonNullable<Prices["longContext"]>> | null;
}

/**
 * Completes what an administrator gives: a class of cache writes that is left out keeps its multiple of the input price, as in the
 * row in force; those of the long-context row as in the row beside it. So a new input price alone does not make writes cheaper
 * than they are. Without a row in force they are null.
 */
export function fillCacheWrites(given: GivenPrices, current: Row | null): Prices {
	const { longContext, ...base } = given;
	const prices = { ...base, ...toCacheWrites(base, current) };
	return {
		...prices,
		longContext: longContext && { ...longContext, ...toCacheWrites(longContext, prices) },
	};
}

function toCacheWrites(given: Given<Row>, like: Row | null): { [name in CacheWriteName]: string | null } {
	const find = (name: CacheWriteName) => {
		const own = given[name];
		return own === undefined ? toMultiple(given.inputUsdPerMTok, like, name) : own;
	};
	return {
		cacheWriteUsdPerMTok: find("cacheWriteUsdPerMTok"),
		cacheWrite1hUsdPerMTok: find("cacheWrite1hUsdPerMTok"),
	};
}

/** Rounded up. Null where the rows are no prices: those mistakes are found when the row is set. */
function toMultiple(inputUsdPerMTok: string, like: Row | null, name: CacheWriteName): string | null {
	const write = like?.[name] ?? null;
	if (!like || write === null || ![inputUsdPerMTok, like.inputUsdPerMTok, write].every(isPrice)) return null;
	const before = toNanoUsdPerMTok(like.inputUsdPerMTok);
	if (before === 0n) return null;
	const scaled = toNanoUsdPerMTok(inputUsdPerMTok) * toNanoUsdPerMTok(write);
	return toUsdPerMTok((scaled + before - 1n) / before);
}
