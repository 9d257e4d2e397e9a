/** Entries with the nearest vectors, which are looked at one by one; others are too far to have one answer. */
const nearestMax = 10;
const cosineMin = 0.6;
const byteMax = 127;

export interface Near {
	/** The place that `add` gave it. */
	readonly at: number;
	readonly cosine: number;
}

/** Many vectors of one length, by one byte a dimension in one array. */
export interface Vectors {
	/** Gives the place of the vector: 0 for the first one. @throws when its length is another one. */
	add(vector: Float32Array): number;
	/** The nearest, the nearest first, by an exact search; none for a vector of another length. */
	findNearest(vector: Float32Array): Near[];
}

export function createVectors(): Vectors {
	let bytes = new Int8Array(0);
	let lengths = new Float32Array(0);
	let [count, dimensions] = [0, 0];

	function makeRoom(): void {
		const larger = new Int8Array(Math.max(256, 2 * count) * dimensions);
		larger.set(bytes);
		const moreLengths = new Float32Array(Math.max(256, 2 * count));
		moreLengths.set(lengths);
		[bytes, lengths] = [larger, moreLengths];
	}
	return {
		add(vector) {
			dimensions ||= vector.length;
			if (vector.length !== dimensions)
				throw new Error(`A vector of ${vector.length} numbers among those of ${dimensions}.`);
			if (count === lengths.length) makeRoom();
			const rounded = toBytes(vector);
			bytes.set(rounded, count * dimensions);
			lengths[count] = toLength(rounded);
			return count++;
		},
		findNearest(vector) {
			if (vector.length !== dimensions) return [];
			const to = toBytes(vector);
			const length = toLength(to);
			const found: Near[] = [];
			let least = cosineMin;
			for (let at = 0; at < count; at++) {
				const cosine = multiply(bytes, at * dimensions, to) / ((lengths[at] ?? 1) * length);
				if (cosine < least) continue;
				found.push({ at, cosine });
				found.sort((one, other) => other.cosine - one.cosine);
				if (found.length > nearestMax) found.pop();
				if (found.length === nearestMax) least = found[nearestMax - 1]?.cosine ?? least;
			}
			return found;
		},
	};
}

/** Whole numbers: the greatest becomes 127, the others keep their share of it. */
function toBytes(vector: Float32Array): Int32Array {
	const greatest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
	return Int32Array.from(vector, (value) => Math.round((value / greatest) * byteMax));
}

const toLength = (vector: Int32Array) =>
	Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;

/** Two sums at once, which the processor adds side by side. */
function multiply(bytes: Int8Array, start: number, to: Int32Array): number {
	let one = 0;
	let other = 0;
	const size = to.length;
	for (let at = 0, from = start; at < size; at += 4, from += 4) {
		one =
			(one + Math.imul(bytes[from] ?? 0, to[at] ?? 0) + Math.imul(bytes[from + 1] ?? 0, to[at + 1] ?? 0)) | 0;
		other =
			(other +
				Math.imul(bytes[from + 2] ?? 0, to[at + 2] ?? 0) +
				Math.imul(bytes[from + 3] ?? 0, to[at + 3] ?? 0)) |
			0;
	}
	return one + other;
}
