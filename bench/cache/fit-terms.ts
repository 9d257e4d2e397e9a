import { bucketCount, sumTerms } from "../../server/cache/model/terms.ts";
import type { Row } from "./rows.ts";

export interface Terms {
	readonly bias: number;
	readonly weights: Float64Array;
}

const rounds = 8;
const rate = 0.15;
const penalty = 3e-8;
/** Steps through the rows in an order that is not theirs and the same in each run. */
const stride = 7919;

/** Logistic regression over the words that pairs share or lack, by gradient steps that get smaller (AdaGrad). */
export function fitTerms(rows: readonly Row[]): Terms {
	const weights = new Float64Array(bucketCount);
	const steps = new Float64Array(bucketCount).fill(1e-6);
	let [bias, biasSteps] = [0, 1e-6];
	for (let round = 0; round < rounds; round++)
		for (let count = 0; count < rows.length; count++) {
			const row = rows[(count * stride + round * 31) % rows.length];
			if (!row) continue;
			const chance = 1 / (1 + Math.exp(-(bias + sumTerms(weights, row.terms))));
			const slope = row.weight * (chance - row.label);
			const share = slope / Math.sqrt(row.terms.length || 1);
			for (const bucket of row.terms) {
				const step = share + penalty * rows.length * (weights[bucket] ?? 0);
				steps[bucket] = (steps[bucket] ?? 0) + step * step;
				weights[bucket] = (weights[bucket] ?? 0) - (rate * step) / Math.sqrt(steps[bucket] ?? 1);
			}
			biasSteps += slope * slope;
			bias -= (0.1 * slope) / Math.sqrt(biasSteps);
		}
	return { bias, weights };
}
