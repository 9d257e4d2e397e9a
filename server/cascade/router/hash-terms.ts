/** Buckets that terms are hashed into: a power of two. */
export const bucketCount = 1 << 15;

/** Terms of a text by bucket, once each: the columns of the experts' weights. */
export function hashTerms(words: readonly string[]): number[] {
	const buckets = new Set<number>();
	let before = 0;
	for (const word of words) {
		const hash = hashWord(word);
		buckets.add(toBucket(hash));
		if (word.length > 6) buckets.add(toBucket(hashWord(word.slice(0, 6)) ^ 0x51ed270b));
		if (before !== 0) buckets.add(toBucket(Math.imul(before, 31) ^ hash));
		before = hash;
	}
	return [...buckets];
}

/** FNV-1a over UTF-16 code units. */
export function hashWord(word: string): number {
	let hash = 0x811c9dc5;
	for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
	return hash >>> 0;
}

/** Mixes all bits before the low ones are kept (the finaliser of MurmurHash3). */
function toBucket(hash: number): number {
	let mixed = hash ^ (hash >>> 16);
	mixed = Math.imul(mixed, 0x85ebca6b);
	mixed ^= mixed >>> 13;
	return (mixed >>> 0) & (bucketCount - 1);
}
