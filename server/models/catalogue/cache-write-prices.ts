interface CacheWritePrices {
	readonly cacheWriteUsdPerMTok: string | null;
	readonly cacheWrite1hUsdPerMTok: string | null;
}

/** What a list says about one row: absent is not said. */
interface ListedInput {
	readonly inputUsdPerMTok: string;
	readonly cacheWriteUsdPerMTok?: string | undefined;
	readonly cacheWrite1hUsdPerMTok?: string | undefined;
}

/**
 * What input costs that a call writes to the provider's cache. Where a list does not say it, Anthropic's rule counts for
 * Anthropic's models, at whatever provider: a cache of 5 minutes costs 1.25 times the price of input, one of 1 hour 2 times. Source:
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching (its section on pricing). Any other model's writes cost what the list
 * says, else null: as input.
 */
export function toCacheWritePrices(
	listed: ListedInput,
	{ isAnthropic }: { isAnthropic: boolean },
): CacheWritePrices {
	const times = (quarters: bigint) => (isAnthropic ? toQuarters(listed.inputUsdPerMTok, quarters) : null);
	return {
		cacheWriteUsdPerMTok: listed.cacheWriteUsdPerMTok ?? times(5n),
		cacheWrite1hUsdPerMTok: listed.cacheWrite1hUsdPerMTok ?? times(8n),
	};
}

const places = 9;

/** So many quarters of a decimal string, exact to 9 places and rounded up. */
function toQuarters(usd: string, quarters: bigint): string {
	const [whole = "0", fraction = ""] = usd.split(".");
	const nano = (BigInt(whole + fraction.padEnd(places, "0")) * quarters + 3n) / 4n;
	const digits = nano.toString().padStart(places + 1, "0");
	const rest = digits.slice(-places).replace(/0+$/, "");
	return `${digits.slice(0, -places)}${rest === "" ? "" : `.${rest}`}`;
}
