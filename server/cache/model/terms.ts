import type { Question } from "../read/question.ts";

/** Buckets that words are hashed into: a power of two. */
export const bucketCount = 1 << 14;

/** FNV-1a over UTF-16 code units, with the finaliser of MurmurHash3. */
export function toBucket(text: string): number {
	let hash = 0x811c9dc5;
	for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
	hash ^= hash >>> 16;
	hash = Math.imul(hash, 0x85ebca6b);
	hash ^= hash >>> 13;
	return (hash >>> 0) & (bucketCount - 1);
}

/** Which words two questions share, and which one of them lacks, by bucket. */
export function toTerms(a: Question, b: Question): number[] {
	const [mine, theirs] = [new Set(a.stems), new Set(b.stems)];
	const found = new Set<number>();
	for (const stem of mine) found.add(toBucket(`${theirs.has(stem) ? "=" : "!"}${stem}`));
	for (const stem of theirs) if (!mine.has(stem)) found.add(toBucket(`!${stem}`));
	return [...found];
}

/** What a list of weights by bucket adds up to; long lists of terms count no more than short ones. */
export function sumTerms(weights: ArrayLike<number>, terms: readonly number[]): number {
	let sum = 0;
	for (const bucket of terms) sum += weights[bucket] ?? 0;
	return sum / Math.sqrt(terms.length || 1);
}
