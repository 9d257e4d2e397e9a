/** The standard normal distribution has 95 % within so many standard deviations. */
export const z95 = 1.959963984540054;

/** A share of `n` cases with Wilson's 95 % interval, which also holds for few cases and for shares near 0 and 1. `n` is above 0. */
export function toInterval(
	hits: number,
	n: number,
): { readonly share: number; readonly low: number; readonly high: number } {
	const share = hits / n;
	const spread = z95 * Math.sqrt((share * (1 - share)) / n + (z95 * z95) / (4 * n * n));
	const [middle, scale] = [share + (z95 * z95) / (2 * n), 1 + (z95 * z95) / n];
	return { share, low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}
