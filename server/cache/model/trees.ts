/** One decision tree as arrays over its nodes; a leaf has the feature -1. Both ways lead to later nodes. */
export interface Tree {
	readonly feature: readonly number[];
	/** Values up to it go left, to the next node; others go to `right`. */
	readonly threshold: readonly number[];
	readonly right: readonly number[];
	/** Of a leaf: what it adds to the log odds. */
	readonly value: readonly number[];
}

/** The log odds that many trees add up to. */
export function sumTrees(trees: readonly Tree[], features: readonly number[], base: number): number {
	let sum = base;
	for (const { feature, threshold, right, value } of trees) {
		let node = 0;
		for (let at = feature[node] ?? -1; at >= 0; at = feature[node] ?? -1)
			node = (features[at] ?? 0) <= (threshold[node] ?? 0) ? node + 1 : (right[node] ?? 0);
		sum += value[node] ?? 0;
	}
	return sum;
}
