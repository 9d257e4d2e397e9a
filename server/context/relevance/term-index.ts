/** Which messages have a term, and how often each. */
interface Posting {
	readonly messages: number[];
	readonly counts: number[];
}

/** Terms and how much each of them counts. */
export type WeightedTerms = ReadonlyMap<string, number>;

/** The usual constants of BM25 (Robertson and Zaragoza, 2009), with hardly less weight on length. */
const saturation = 1.2;
const lengthShare = 0.7;

/** The terms of a conversation's messages, scored by BM25: rare terms count most, repetitions ever less, long messages less. */
export class TermIndex {
	readonly #postings = new Map<string, Posting>();
	readonly #lengths: number[] = [];
	readonly #terms: ReadonlyMap<string, number>[] = [];
	#totalLength = 0;
	/** Messages that were taken out at the beginning: postings name messages by how many were added before them. */
	#taken = 0;

	get size(): number {
		return this.#lengths.length;
	}

	/** Adds the next message. */
	add(terms: Iterable<string>): void {
		const counts = new Map<string, number>();
		let length = 0;
		for (const term of terms) {
			counts.set(term, (counts.get(term) ?? 0) + 1);
			length++;
		}
		for (const [term, count] of counts) {
			const posting = this.#postings.get(term) ?? { messages: [], counts: [] };
			posting.messages.push(this.#taken + this.size);
			posting.counts.push(count);
			this.#postings.set(term, posting);
		}
		this.#terms.push(counts);
		this.#lengths.push(length);
		this.#totalLength += length;
	}

	/** Takes the last message out again. */
	removeLast(): void {
		const counts = this.#terms.pop();
		this.#totalLength -= this.#lengths.pop() ?? 0;
		for (const term of counts?.keys() ?? []) {
			const posting = this.#postings.get(term);
			posting?.messages.pop();
			posting?.counts.pop();
			if (posting?.messages.length === 0) this.#postings.delete(term);
		}
	}

	/** Takes the first messages out again. */
	removeFirst(messages: number): void {
		const removed = this.#terms.splice(0, messages);
		for (const length of this.#lengths.splice(0, messages)) this.#totalLength -= length;
		this.#taken += removed.length;
		for (const term of new Set(removed.flatMap((counts) => [...counts.keys()]))) {
			const posting = this.#postings.get(term);
			if (!posting) continue;
			const left = posting.messages.findIndex((message) => message >= this.#taken);
			if (left < 0) this.#postings.delete(term);
			else {
				posting.messages.splice(0, left);
				posting.counts.splice(0, left);
			}
		}
	}

	/** Adds to `scores`, one a message, what the terms say. */
	score(terms: WeightedTerms, scores: Float64Array): void {
		const averageLength = Math.max(1, this.#totalLength / Math.max(1, this.size));
		for (const [term, weight] of terms) {
			const posting = this.#postings.get(term);
			if (!posting) continue;
			const rarity = weight * this.toRarity(posting.messages.length);
			for (const [place, added] of posting.messages.entries()) {
				const message = added - this.#taken;
				const count = posting.counts[place] ?? 0;
				const length = (this.#lengths[message] ?? 0) / averageLength;
				const norm = saturation * (1 - lengthShare + lengthShare * length);
				scores[message] = (scores[message] ?? 0) + (rarity * count * (saturation + 1)) / (count + norm);
			}
		}
	}

	/** Of a term that so many messages have: higher for a rarer one. */
	toRarity(messages: number): number {
		return Math.log(1 + (this.size - messages + 0.5) / (messages + 0.5));
	}

	/** How many messages have a term. */
	countMessages(term: string): number {
		return this.#postings.get(term)?.messages.length ?? 0;
	}

	/** The terms of one message with their counts, and how many terms it has in all. */
	termsOf(message: number): { readonly counts: ReadonlyMap<string, number>; readonly length: number } {
		return { counts: this.#terms[message] ?? new Map(), length: this.#lengths[message] ?? 0 };
	}
}
