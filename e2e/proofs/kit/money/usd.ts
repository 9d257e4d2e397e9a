/** Nano-US-dollars as exact US dollars with nine places. */
export function toUsd(nanoUsd: bigint): string {
	const [sign, size] = nanoUsd < 0n ? ["-", -nanoUsd] : ["", nanoUsd];
	return `${sign}${size / 1_000_000_000n}.${(size % 1_000_000_000n).toString().padStart(9, "0")}`;
}

/** A decimal number of US dollars from the command line, in nano-US-dollars. @throws when it is not one. */
export function parseUsd(name: string, text: string): bigint {
	const [, whole, fraction = ""] = /^(\d{1,6})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
	if (whole === undefined) throw new Error(`--${name} must be a decimal number of US dollars, such as 1.00.`);
	return BigInt(whole + fraction.padEnd(9, "0"));
}

export const sum = (amounts: readonly bigint[]): bigint =>
	amounts.reduce((total, amount) => total + amount, 0n);
