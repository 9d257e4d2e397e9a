import { bucketCount } from "../../server/cascade/router/hash-terms.ts";
import { type Features, type Head, toStandard } from "../../server/cascade/router/linear.ts";

export interface Penalty {
	/** Of the terms' weights; null for a head that looks at the shape alone. */
	readonly terms: number | null;
	/** Of the shape's weights; null for a head that looks at terms alone. */
	readonly shape: number | null;
}

/** Steps of the solver; it stops earlier when the residual is as small as this. */
const stepsMax = 80;
const residualShare = 1e-10;

interface Example {
	/** Columns, not buckets: only buckets that these examples have are solved for. */
	readonly terms: readonly number[];
	readonly termValue: number;
	readonly shape: readonly number[];
}

/**
 * Fits a head by least squares with a penalty on large weights (ridge regression, solved by conjugate gradients), and rounds it to what
 * the file can hold. The same examples in the same order give the same bytes.
 *
 * @param floors the least deviation of each shape feature: what hardly varies in these examples says little about other prompts.
 */
export function fitHead(
	features: readonly Features[],
	targets: readonly number[],
	penalty: Penalty,
	floors: readonly number[],
): Head {
	const { mean, deviation } = toScale(features, floors);
	const buckets = penalty.terms === null ? [] : [...new Set(features.flatMap(({ terms }) => terms))];
	const columns = new Map(buckets.map((bucket, column) => [bucket, column]));
	const examples = features.map(
		({ terms, shape }): Example => ({
			terms: terms.flatMap((bucket) => columns.get(bucket) ?? []),
			termValue: 1 / Math.sqrt(terms.length || 1),
			shape:
				penalty.shape === null
					? []
					: shape.map((value, at) => toStandard(value, mean[at] ?? 0, deviation[at] ?? 1)),
		}),
	);
	const weights = solve(examples, targets, penalty, buckets.length);
	return toHead(weights, buckets, { mean, deviation }, penalty);
}

/** Weights: one per column, one per shape feature, the constant last. */
function solve(
	examples: readonly Example[],
	targets: readonly number[],
	penalty: Penalty,
	termCount: number,
): Float64Array {
	const shapeCount = examples[0]?.shape.length ?? 0;
	const size = termCount + shapeCount + 1;
	const penalties = new Float64Array(size).fill(penalty.terms ?? 0);
	penalties.fill(penalty.shape ?? 0, termCount, size - 1);
	penalties[size - 1] = 0;
	const normal = (weights: Float64Array): Float64Array => {
		const out = weights.map((weight, at) => weight * at0(penalties, at));
		for (const example of examples) addTo(out, example, dot(weights, example, termCount), termCount);
		return out;
	};
	const weights = new Float64Array(size);
	const residual = new Float64Array(size);
	for (const [at, example] of examples.entries()) addTo(residual, example, targets[at] ?? 0, termCount);
	let direction = residual.slice();
	let error = squared(residual);
	const enough = residualShare * error;
	for (let step = 0; step < stepsMax && error > enough; step++) {
		const image = normal(direction);
		const length = error / direction.reduce((sum, value, at) => sum + value * at0(image, at), 0);
		for (let at = 0; at < size; at++) {
			weights[at] = at0(weights, at) + length * at0(direction, at);
			residual[at] = at0(residual, at) - length * at0(image, at);
		}
		const next = squared(residual);
		direction = direction.map((value, at) => at0(residual, at) + (next / error) * value);
		error = next;
	}
	return weights;
}

const at0 = (values: Float64Array, at: number) => values[at] ?? 0;
const squared = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);

function dot(weights: Float64Array, { terms, termValue, shape }: Example, shapeAt: number): number {
	let sum = 0;
	for (const bucket of terms) sum += at0(weights, bucket);
	sum *= termValue;
	for (let at = 0; at < shape.length; at++) sum += at0(weights, shapeAt + at) * (shape[at] ?? 0);
	return sum + at0(weights, weights.length - 1);
}

function addTo(out: Float64Array, { terms, termValue, shape }: Example, by: number, shapeAt: number): void {
	for (const bucket of terms) out[bucket] = at0(out, bucket) + by * termValue;
	for (let at = 0; at < shape.length; at++)
		out[shapeAt + at] = at0(out, shapeAt + at) + by * (shape[at] ?? 0);
	out[out.length - 1] = at0(out, out.length - 1) + by;
}

/** Means and standard deviations of the shape features. */
export function toScale(features: readonly Features[], floors: readonly number[]) {
	const toMean = (at: number, to: (value: number) => number) =>
		features.reduce((sum, { shape }) => sum + to(shape[at] ?? 0), 0) / features.length;
	const mean = floors.map((_, at) => toRounded(toMean(at, (value) => value)));
	const deviation = floors.map((floor, at) =>
		toRounded(Math.max(floor, 1e-6, Math.sqrt(toMean(at, (value) => (value - (mean[at] ?? 0)) ** 2)))),
	);
	return { mean, deviation };
}

function toHead(
	weights: Float64Array,
	buckets: readonly number[],
	scale: Pick<Head, "mean" | "deviation">,
	penalty: Penalty,
): Head {
	const shape = scale.mean.map((_, at) =>
		penalty.shape === null ? 0 : toRounded(at0(weights, buckets.length + at)),
	);
	const bias = toRounded(at0(weights, weights.length - 1));
	if (penalty.terms === null) return { ...scale, bias, shape, terms: null, termUnit: 0 };
	const largest = weights
		.subarray(0, buckets.length)
		.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
	const termUnit = toRounded(Math.max(largest, 1e-9) / 127);
	const terms = new Int8Array(bucketCount);
	for (const [column, bucket] of buckets.entries())
		terms[bucket] = Math.max(-127, Math.min(127, Math.round(at0(weights, column) / termUnit)));
	return { ...scale, bias, shape, terms, termUnit };
}

export const toRounded = (value: number): number => Number(value.toPrecision(6));
