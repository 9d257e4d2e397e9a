const places = 9;

/** Nano-dollars of a plain decimal of US dollars with at most 9 places, as its schema has checked it. */
export function toNanoUsd(usd: string): bigint {
	const [whole = "0", fraction = ""] = usd.split(".");
	return BigInt(whole + fraction.padEnd(places, "0"));
}
