import { toKnownWords } from "../../server/cascade/router/known-words.ts";
import type { Features, Head } from "../../server/cascade/router/linear.ts";
import { shapeNames } from "../../server/cascade/router/shape.ts";
import { type Domain, domains, type Weights } from "../../server/cascade/router/weights.ts";
import { fitHead, type Penalty, toScale } from "./fit-head.ts";
import type { Row } from "./rows.ts";

/** How each expert learns; chosen by cross-validation, see docs/decisions/0024. */
interface Recipe {
	readonly penalty: Penalty;
	/** How much of a row's target is its own outcome; the rest is the mean of its group. */
	readonly own: number;
}

/** One outcome is nearly a coin's: the mean of a subject says more of its questions, and terms tell the subject. */
const recipes: Readonly<Record<Exclude<Domain, "open">, Recipe>> = {
	exam: { penalty: { terms: 5, shape: 1000 }, own: 0.2 },
	science: { penalty: { terms: 10, shape: 1000 }, own: 1 },
	gap: { penalty: { terms: null, shape: 1000 }, own: 1 },
	problem: { penalty: { terms: 10, shape: 1000 }, own: 1 },
	code: { penalty: { terms: null, shape: 1000 }, own: 1 },
};
const kindPenalty: Penalty = { terms: 1, shape: 100 };
const hardness: Recipe & { of: readonly Domain[] } = {
	of: ["exam", "science"],
	penalty: { terms: 5, shape: null },
	own: 0.3,
};
const sharpness = 10;
/** A group's mean counts as much as its rows, beside so many of all groups. */
const groupPrior = 20;
/** A feature that varies less than this share of its deviation over all rows is held to vary that much. */
const deviationShare = 0.5;
/** A word is known that stands in so many rows. */
const rowsOfKnownWord = 2;

/** Weights without what is set from the scores of rows that were left out. */
export type FittedWeights = Omit<Weights, "calibration" | "quantiles">;

export function fitWeights(rows: readonly Row[]): FittedWeights {
	const all = rows.map(({ features }) => features);
	const floors = toScale(
		all,
		shapeNames.map(() => 0),
	).deviation.map((each) => deviationShare * each);
	const learn = (some: readonly Row[], targets: readonly number[], penalty: Penalty): Head =>
		fitHead(
			some.map(({ features }): Features => features),
			targets,
			penalty,
			floors,
		);
	const kinds = mapDomains(domains, (domain) =>
		learn(
			rows,
			rows.map((row) => (row.domain === domain ? 1 : 0)),
			kindPenalty,
		),
	);
	const learnt = domains.filter((domain) => domain !== "open");
	const gains = mapDomains(learnt, (domain) => {
		const { penalty, own } = recipes[domain];
		const some = rows.filter((row) => row.domain === domain);
		return learn(
			some,
			toTargets(some, own, ({ gain }) => gain),
			penalty,
		);
	});
	const matters = rows.filter(({ domain }) => hardness.of.includes(domain));
	const wrong = toTargets(matters, hardness.own, ({ small }) => 1 - small);
	const mean = toMean(wrong);
	return {
		kinds,
		sharpness,
		gains,
		hardness: learn(
			matters,
			wrong.map((each) => each - mean),
			hardness.penalty,
		),
		knownWords: toKnownWords(findKnownWords(rows)),
	};
}

type Judged = NonNullable<Row["judged"]>;

function toTargets(rows: readonly Row[], own: number, of: (judged: Judged) => number): number[] {
	const values = rows.map(({ judged }) => (judged ? of(judged) : 0));
	const mean = toMean(values);
	const groups = new Map<string, { sum: number; count: number }>();
	for (const [at, { group }] of rows.entries()) {
		const known = groups.get(group) ?? { sum: groupPrior * mean, count: groupPrior };
		groups.set(group, { sum: known.sum + (values[at] ?? 0), count: known.count + 1 });
	}
	return rows.map(({ group }, at) => {
		const { sum, count } = groups.get(group) ?? { sum: mean, count: 1 };
		return own * (values[at] ?? 0) + (1 - own) * (sum / count);
	});
}

function findKnownWords(rows: readonly Row[]): string[] {
	const counts = new Map<string, number>();
	for (const { words } of rows)
		for (const word of new Set(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
	return [...counts].filter(([, count]) => count >= rowsOfKnownWord).map(([word]) => word);
}

const toMean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const mapDomains = <Of extends Domain, To>(some: readonly Of[], to: (domain: Of) => To) =>
	Object.fromEntries(some.map((domain) => [domain, to(domain)])) as Record<Of, To>;
