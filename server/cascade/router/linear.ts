/** A linear function of a prompt: weights of its terms, of its shape, and a constant. */
export interface Head {
	readonly bias: number;
	/** By the order of `shapeNames`; applied to `(value - mean) / deviation`, held within four deviations. */
	readonly shape: readonly number[];
	readonly mean: readonly number[];
	readonly deviation: readonly number[];
	/** By bucket, in units of `termUnit`; null for a head that looks at the shape alone. */
	readonly terms: Int8Array | null;
	readonly termUnit: number;
}

/** What heads look at. */
export interface Features {
	readonly terms: readonly number[];
	readonly shape: readonly number[];
}

/** Text unlike all that was learnt from counts as unusual, never as extreme. */
const deviationsMax = 4;

export const toStandard = (value: number, mean: number, deviation: number) =>
	Math.max(-deviationsMax, Math.min(deviationsMax, (value - mean) / deviation));

export function apply(head: Head, { terms, shape }: Features): number {
	let sum = head.bias;
	for (const [at, weight] of head.shape.entries())
		sum += weight * toStandard(shape[at] ?? 0, head.mean[at] ?? 0, head.deviation[at] ?? 1);
	if (!head.terms || terms.length === 0) return sum;
	let units = 0;
	for (const bucket of terms) units += head.terms[bucket] ?? 0;
	return sum + (units * head.termUnit) / Math.sqrt(terms.length);
}
