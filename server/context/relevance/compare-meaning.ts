/** Vectors by the id of their message. */
export type MessageVectors = ReadonlyMap<string, Int8Array>;

/** Vectors of messages whose cosines say how alike their meaning is, in any scale; undefined for a message that has none. */
export type Vectors = readonly (Int8Array | undefined)[];

/**
 * What is asked for is looked for by the meaning of the best matches by words, each by its score: they are there already, whereas a vector of
 * the question would have to be waited for. It also finds more: matches say what the answer looks like.
 */
const exampleMessages = 8;
/** Standard deviations above the mean from where on a likeness counts, and those at which it counts as a match by words does. */
const likeness = { from: 1, whole: 4 };
/** Of the best score by words. */
const share = 0.8;
/** With fewer vectors a mean says nothing. */
const vectorsMin = 8;

/** Adds to scores by words what vectors say. Without enough of them nothing changes. */
export function addMeaning(scores: Float64Array, vectors: Vectors): void {
	if (vectors.filter((vector) => vector !== undefined).length < vectorsMin) return;
	const best = [...scores.keys()]
		.filter((at) => (scores[at] ?? 0) > 0)
		.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
	const units = vectors.map(
		(vector) => vector && { vector, length: Math.sqrt(toProduct(vector, vector)) || 1 },
	);
	const examples = best.slice(0, exampleMessages);
	const size = vectors.find((vector) => vector !== undefined)?.length ?? 0;
	const wanted = new Float64Array(size);
	for (const at of examples) {
		const unit = units[at];
		if (unit) addTo(wanted, unit.vector, (scores[at] ?? 0) / unit.length);
	}
	const cosines = units.map((unit) => unit && toProduct(wanted, unit.vector) / unit.length);
	const known = cosines.filter((cosine) => cosine !== undefined);
	const mean = known.reduce((sum, cosine) => sum + cosine, 0) / known.length;
	const deviation = Math.sqrt(known.reduce((sum, cosine) => sum + (cosine - mean) ** 2, 0) / known.length);
	if (deviation === 0) return;
	const bestScore = scores[best[0] ?? 0] ?? 0;
	for (const [at, cosine] of cosines.entries()) {
		if (cosine === undefined) continue;
		const above = Math.max(0, (cosine - mean) / deviation - likeness.from) / (likeness.whole - likeness.from);
		scores[at] = (scores[at] ?? 0) + share * bestScore * above;
	}
}

function addTo(sum: Float64Array, vector: Int8Array, weight: number): void {
	for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + weight * (vector[at] ?? 0);
}

function toProduct(wanted: Float64Array | Int8Array, vector: Int8Array): number {
	let product = 0;
	for (let at = 0; at < wanted.length; at++) product += (wanted[at] ?? 0) * (vector[at] ?? 0);
	return product;
}
