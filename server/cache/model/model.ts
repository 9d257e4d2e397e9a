import type { Question } from "../read/question.ts";
import { toFeatures } from "./features.ts";
import { sumTerms, toBucket, toTerms } from "./terms.ts";
import { sumTrees } from "./trees.ts";
import { parseWeights, type Weights } from "./weights.ts";

/** Judges pairs of questions that all guards let through. */
export interface Model {
	/** The chance that one answer serves both, as training saw it: 0 to 1. */
	score(a: Question, b: Question, cosine: number): number;
	/** From which score on an answer is served, and judged in the background. */
	readonly serve: number;
	readonly grey: number;
}

/** @throws Error for weights of another version or form. */
export function createModel(file: unknown): Model {
	const weights = parseWeights(file);
	return {
		serve: weights.serve,
		grey: weights.grey,
		score: (a, b, cosine) => {
			const wording = weights.termBias + sumTerms(weights.terms, toTerms(a, b));
			return toScore(weights, [...toFeatures(a, b, cosine, toRarity(weights.rarity)), wording]);
		},
	};
}

export const toScore = ({ trees, base }: Pick<Weights, "trees" | "base">, features: readonly number[]) =>
	1 / (1 + Math.exp(-sumTrees(trees, features, base)));

export const toRarity =
	(rarity: Uint8Array) =>
	(stem: string): number =>
		(rarity[toBucket(stem)] ?? 255) / 255;
