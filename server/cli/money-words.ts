/** Nano-dollars as US dollars without trailing zeros, exact. */
export function toShortUsd(nanoUsd: string): string {
	const [sign, size] = nanoUsd.startsWith("-") ? ["-", nanoUsd.slice(1)] : ["", nanoUsd];
	const padded = size.padStart(10, "0");
	const places = padded.slice(-9).replace(/0+$/, "").padEnd(2, "0");
	return `${sign}${padded.slice(0, -9)}.${places}`;
}
