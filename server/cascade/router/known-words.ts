import { hashWord } from "./hash-terms.ts";

/** Bits of the filter of known words (a Bloom filter with two hashes). */
export const knownWordBits = 1 << 18;

const toBits = (word: string): [number, number] => {
	const hash = hashWord(word);
	const other = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
	return [hash % knownWordBits, other % knownWordBits];
};

/** A filter of these words. */
export function toKnownWords(words: Iterable<string>): Uint8Array {
	const filter = new Uint8Array(knownWordBits / 8);
	for (const word of words)
		for (const bit of toBits(word)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
	return filter;
}

/** The share of these words that training has seen; 0 for no words. */
export function measureKnown(filter: Uint8Array, words: readonly string[]): number {
	const plain = words.filter((word) => !word.startsWith("<"));
	if (plain.length === 0) return words.length > 0 ? 1 : 0;
	const known = plain.filter((word) =>
		toBits(word).every((bit) => ((filter[bit >> 3] ?? 0) >> (bit & 7)) & 1),
	);
	return known.length / plain.length;
}
