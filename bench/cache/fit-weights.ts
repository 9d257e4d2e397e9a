import { toScore } from "../../server/cache/model/model.ts";
import { sumTerms } from "../../server/cache/model/terms.ts";
import type { Tree } from "../../server/cache/model/trees.ts";
import { boost } from "./boost.ts";
import { fitTerms, type Terms } from "./fit-terms.ts";
import type { Row } from "./rows.ts";

const boosting = { trees: 120, depth: 6, rate: 0.1, leafMin: 10, penalty: 3 };
/** The trees learn from sums of terms that were fitted without their row, or they would trust them too much. */
const innerFolds = 4;

export interface Fitted {
	readonly terms: Terms;
	readonly base: number;
	readonly trees: readonly Tree[];
}

export const applyTerms = ({ bias, weights }: Terms, row: Row) => bias + sumTerms(weights, row.terms);

/** Fits both stages to the rows that guards let through. The same rows in the same order give the same weights. */
export function fitWeights(all: readonly Row[]): Fitted {
	const rows = all.filter(({ decided }) => decided === null);
	const wording = new Float64Array(rows.length);
	for (let fold = 0; fold < innerFolds; fold++) {
		const isIn = (at: number) => Math.floor(at / 16) % innerFolds === fold;
		const terms = fitTerms(rows.filter((_, at) => !isIn(at)));
		for (const [at, row] of rows.entries()) if (isIn(at)) wording[at] = applyTerms(terms, row);
	}
	const examples = rows.map(({ features, label, weight }, at) => ({
		features: [...features, wording[at] ?? 0],
		label,
		weight,
	}));
	return { terms: fitTerms(rows), ...boost(examples, boosting) };
}

export const scoreRow = (fitted: Fitted, row: Row): number =>
	toScore(fitted, [...row.features, applyTerms(fitted.terms, row)]);
