/** Token ranks by the token's bytes, each byte one character of the key (Latin-1); a lower rank is merged first. */
export type Ranks = ReadonlyMap<string, number>;

/** An entry is the token's text, or its bytes where these are no text; its place is its rank. Places may be empty. */
export function toRanks(table: readonly (string | readonly number[] | undefined)[]): Ranks {
	const ranks = new Map<string, number>();
	for (const [rank, token] of table.entries()) {
		if (typeof token === "string") ranks.set(toBytes(token), rank);
		else if (token) ranks.set(String.fromCharCode(...token), rank);
	}
	return ranks;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
const ascii = /^[\x00-\x7f]*$/;

/** UTF-8, each byte one character. */
export function toBytes(text: string): string {
	return ascii.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** No token of the encodings in use is longer: longer slices need no lookup. */
const tokenBytesMax = 128;
/** Up to this length the pair to merge is found by looking at all pairs; above it, a heap is quicker. */
const scanBytesMax = 96;
const unknown = 0x7fffffff;

/**
 * How many tokens the bytes of one piece become: pairs of neighbours are merged, the lowest rank first, of equals the leftmost,
 * until no pair is a token. Takes n log n steps.
 */
export function countPairs(bytes: string, ranks: Ranks): number {
	if (bytes.length < 2) return bytes.length;
	return bytes.length <= scanBytesMax ? countByScan(bytes, ranks) : countByHeap(bytes, ranks);
}

function countByScan(bytes: string, ranks: Ranks): number {
	const starts = Array.from({ length: bytes.length + 1 }, (_, index) => index);
	const rankAt = (index: number) => findRank(bytes, ranks, [starts[index] ?? 0, starts[index + 2]]);
	const pairs = starts.map((_, index) => rankAt(index));
	for (;;) {
		let [lowest, place] = [unknown, -1];
		for (let index = 0; index < pairs.length; index++) {
			const rank = pairs[index] ?? unknown;
			if (rank < lowest) [lowest, place] = [rank, index];
		}
		if (place < 0) return starts.length - 1;
		starts.splice(place + 1, 1);
		pairs.splice(place + 1, 1);
		pairs[place] = rankAt(place);
		if (place > 0) pairs[place - 1] = rankAt(place - 1);
	}
}

function findRank(bytes: string, ranks: Ranks, [start, end]: readonly [number, number | undefined]): number {
	if (end === undefined || end - start > tokenBytesMax) return unknown;
	return ranks.get(bytes.slice(start, end)) ?? unknown;
}

/** The parts are a linked list by their first byte; a pair in the heap counts only while its rank is still that of its place. */
function countByHeap(bytes: string, ranks: Ranks): number {
	const { length } = bytes;
	const next = Int32Array.from({ length: length + 1 }, (_, index) => Math.min(index + 1, length));
	const previous = Int32Array.from({ length: length + 1 }, (_, index) => index - 1);
	const pairs = new Int32Array(length + 1).fill(unknown);
	const heap = createHeap(length * 3);
	const rankPair = (start: number) => {
		const middle = next[start] ?? length;
		const rank = middle >= length ? unknown : findRank(bytes, ranks, [start, next[middle]]);
		pairs[start] = rank;
		if (rank !== unknown) heap.push(toKey(rank, start));
	};
	for (let start = 0; start < length - 1; start++) rankPair(start);
	let count = length;
	for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
		const start = key % placesMax;
		if (pairs[start] !== Math.floor(key / placesMax)) continue;
		const middle = next[start] ?? length;
		const end = next[middle] ?? length;
		pairs[middle] = unknown;
		next[start] = end;
		previous[end] = start;
		count--;
		rankPair(start);
		const before = previous[start] ?? -1;
		if (before >= 0) rankPair(before);
	}
	return count;
}

/** More bytes than a piece may have: rank and place share one number. */
const placesMax = 2 ** 21;
const toKey = (rank: number, start: number) => rank * placesMax + start;

/** A binary heap of numbers, the lowest first. */
function createHeap(capacity: number) {
	const keys = new Float64Array(capacity);
	let size = 0;
	const at = (index: number) => keys[index] ?? Number.POSITIVE_INFINITY;
	return {
		push(key: number) {
			let place = size++;
			while (place > 0) {
				const parent = (place - 1) >> 1;
				if (at(parent) <= key) break;
				keys[place] = at(parent);
				place = parent;
			}
			keys[place] = key;
		},
		pop(): number | undefined {
			if (size === 0) return undefined;
			const lowest = at(0);
			const key = at(--size);
			let place = 0;
			for (let child = 1; child < size; child = 2 * place + 1) {
				if (child + 1 < size && at(child + 1) < at(child)) child++;
				if (at(child) >= key) break;
				keys[place] = at(child);
				place = child;
			}
			keys[place] = key;
			return lowest;
		},
	};
}
