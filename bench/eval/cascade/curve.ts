import type { Outcome } from "./recorded.ts";

/** One way to run all requests: the mean cost and quality of a request. */
export interface Point extends Outcome {
	/** Share of requests that a strong model answered. */
	readonly strongShare: number;
	/** Share of requests whose draft was turned down; both calls were paid. */
	readonly escalatedShare: number;
}

const toBetween = (from: number, to: number, share: number) => from + (to - from) * share;

/** The first cost at which a curve reaches a quality, by straight lines between its points; null when it never does. */
export function findCost(curve: readonly Point[], quality: number): number | null {
	for (const [at, point] of curve.entries()) {
		if (point.quality < quality) continue;
		const before = curve[at - 1];
		if (!before || before.quality >= point.quality) return point.usd;
		const share = (quality - before.quality) / (point.quality - before.quality);
		return toBetween(before.usd, point.usd, share);
	}
	return null;
}

/** The quality at a cost, by straight lines between the points. */
export function findQuality(curve: readonly Point[], usd: number): number {
	for (const [at, point] of curve.entries()) {
		const before = curve[at - 1];
		if (point.usd < usd) continue;
		if (!before || point.usd === before.usd) return point.quality;
		return toBetween(before.quality, point.quality, (usd - before.usd) / (point.usd - before.usd));
	}
	return curve.at(-1)?.quality ?? Number.NaN;
}

/** The share of the quality gap that is recovered, over all costs between always small and always strong; random is 0.5. */
export function toArea(curve: readonly Point[]): number {
	const [first, last] = [curve[0], curve.at(-1)];
	if (!first || !last) return Number.NaN;
	let area = 0;
	for (const [at, point] of curve.entries()) {
		const before = curve[at - 1];
		if (before) area += (point.usd - before.usd) * ((point.quality + before.quality) / 2 - first.quality);
	}
	return area / ((last.usd - first.usd) * (last.quality - first.quality));
}

/** The 2.5 % and 97.5 % quantiles of a measure over resampled rows; the same rows give the same interval. */
export function toInterval<Row>(
	rows: readonly Row[],
	measure: (rows: readonly Row[]) => number,
	samples = 200,
) {
	let state = 12_345;
	const next = () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
	const found = Array.from({ length: samples }, () =>
		measure(rows.flatMap(() => rows[Math.floor(next() * rows.length)] ?? [])),
	).toSorted((one, other) => one - other);
	const at = (share: number) => found[Math.round(share * (found.length - 1))] ?? Number.NaN;
	return { low: at(0.025), high: at(0.975) };
}
