import type { Tree } from "../../server/cache/model/trees.ts";

export interface Example {
	readonly features: readonly number[];
	/** 1: one answer serves both questions. */
	readonly label: number;
	readonly weight: number;
}

export interface Boosting {
	readonly trees: number;
	readonly depth: number;
	readonly rate: number;
	/** The least sum of second derivatives in a leaf. */
	readonly leafMin: number;
	/** Penalty on large values of leaves. */
	readonly penalty: number;
}

const binsMax = 64;

/**
 * Gradient boosting of decision trees on the log loss, by histograms (as in LightGBM, grown by level). Nothing in it is random: the same
 * examples in the same order give the same trees.
 */
export function boost(examples: readonly Example[], options: Boosting): { base: number; trees: Tree[] } {
	const binned = toBins(examples);
	const total = examples.reduce((sum, { weight }) => sum + weight, 0);
	const share = examples.reduce((sum, { label, weight }) => sum + label * weight, 0) / total;
	const base = Math.log(share / (1 - share));
	const odds = new Float64Array(examples.length).fill(base);
	const slopes = new Float64Array(examples.length);
	const curves = new Float64Array(examples.length);
	const trees: Tree[] = [];
	for (let count = 0; count < options.trees; count++) {
		for (const [at, { label, weight }] of examples.entries()) {
			const chance = 1 / (1 + Math.exp(-(odds[at] ?? 0)));
			slopes[at] = weight * (label - chance);
			curves[at] = weight * Math.max(1e-6, chance * (1 - chance));
		}
		trees.push(grow(binned, { slopes, curves, odds }, options));
	}
	return { base: toRounded(base), trees };
}

interface Binned {
	/** By feature: the bin of each example, and the upper edge of each bin. */
	readonly bins: readonly Uint8Array[];
	readonly edges: readonly (readonly number[])[];
}

function toBins(examples: readonly Example[]): Binned {
	const count = examples[0]?.features.length ?? 0;
	const edges = Array.from({ length: count }, (_, feature) => {
		const values = examples.map(({ features }) => features[feature] ?? 0).sort((one, other) => one - other);
		const found = Array.from(
			{ length: binsMax - 1 },
			(_, at) => values[Math.floor(((at + 1) * values.length) / binsMax)] ?? 0,
		);
		return [...new Set(found.map(toRounded))].sort((one, other) => one - other);
	});
	const bins = edges.map((steps, feature) =>
		Uint8Array.from(examples, ({ features }) => {
			const value = features[feature] ?? 0;
			const at = steps.findIndex((edge) => value <= edge);
			return at < 0 ? steps.length : at;
		}),
	);
	return { bins, edges };
}

interface Sums {
	readonly slopes: Float64Array;
	readonly curves: Float64Array;
	readonly odds: Float64Array;
}
interface Split {
	readonly gain: number;
	readonly feature: number;
	readonly bin: number;
}

/** Grows one tree and adds its values to the odds. */
function grow(data: Binned, sums: Sums, options: Boosting): Tree {
	const tree = { feature: [], threshold: [], right: [], value: [] } as {
		[key in keyof Tree]: number[];
	};
	const build = (members: Uint32Array, depth: number): void => {
		const node = tree.feature.length;
		const split = depth < options.depth ? findSplit(data, members, sums, options) : null;
		tree.feature.push(split?.feature ?? -1);
		tree.threshold.push(split ? (data.edges[split.feature]?.[split.bin] ?? 0) : 0);
		tree.right.push(0);
		tree.value.push(0);
		if (!split) {
			const [slope, curve] = total(members, sums);
			const value = toRounded((options.rate * slope) / (curve + options.penalty));
			tree.value[node] = value;
			for (const member of members) sums.odds[member] = (sums.odds[member] ?? 0) + value;
			return;
		}
		const bins = data.bins[split.feature];
		build(
			members.filter((member) => (bins?.[member] ?? 0) <= split.bin),
			depth + 1,
		);
		tree.right[node] = tree.feature.length;
		build(
			members.filter((member) => (bins?.[member] ?? 0) > split.bin),
			depth + 1,
		);
	};
	build(
		Uint32Array.from({ length: sums.odds.length }, (_, at) => at),
		0,
	);
	return tree;
}

function total(members: Uint32Array, { slopes, curves }: Sums): [number, number] {
	let [slope, curve] = [0, 0];
	for (const member of members) {
		slope += slopes[member] ?? 0;
		curve += curves[member] ?? 0;
	}
	return [slope, curve];
}

function findSplit(
	{ bins, edges }: Binned,
	members: Uint32Array,
	sums: Sums,
	options: Boosting,
): Split | null {
	const [slopeAll, curveAll] = total(members, sums);
	const worth = (slope: number, curve: number) => (slope * slope) / (curve + options.penalty);
	let best: Split | null = null;
	for (const [feature, column] of bins.entries()) {
		const slopes = new Float64Array(binsMax + 1);
		const curves = new Float64Array(binsMax + 1);
		for (const member of members) {
			const bin = column[member] ?? 0;
			slopes[bin] = (slopes[bin] ?? 0) + (sums.slopes[member] ?? 0);
			curves[bin] = (curves[bin] ?? 0) + (sums.curves[member] ?? 0);
		}
		let [slope, curve] = [0, 0];
		for (let bin = 0; bin < (edges[feature]?.length ?? 0); bin++) {
			slope += slopes[bin] ?? 0;
			curve += curves[bin] ?? 0;
			if (curve < options.leafMin || curveAll - curve < options.leafMin) continue;
			const gain =
				worth(slope, curve) + worth(slopeAll - slope, curveAll - curve) - worth(slopeAll, curveAll);
			if (gain > (best?.gain ?? 1e-9)) best = { gain, feature, bin };
		}
	}
	return best;
}

const toRounded = (value: number): number => Number(value.toPrecision(5));
