import { setImmediate as nextTurn } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { TermIndex } from "./term-index.ts";
import { toTerms } from "./terms.ts";

/** Other work of the process waits no longer than about this. */
const sliceMs = 5;
/** Messages that are looked at together, as what the conversation was about there. */
export const stretchMessages = 16;
/** Characters of all conversations whose terms are kept in memory, which take about ten bytes each. */
const keptCharactersMax = 5_000_000;

/** The terms of a conversation's messages, one by one and in stretches. A conversation that goes on has only its new messages read. */
export class ThreadIndex {
	readonly messages = new TermIndex();
	readonly stretches = new TermIndex();
	/** Remembers which ending was cut from which word. */
	readonly stems = new Map<string, string>();
	#texts: readonly string[] = [];

	/** Makes it the index of these texts. Lets other work run in between, whatever their length. */
	async read(texts: readonly string[]): Promise<void> {
		const changed = texts.findIndex((text, at) => text !== this.#texts[at]);
		const same = changed < 0 ? texts.length : changed;
		while (this.messages.size > same) this.messages.removeLast();
		while (this.stretches.size > Math.floor(same / stretchMessages)) this.stretches.removeLast();
		this.#texts = texts.slice(0, same);
		let sliceStart = performance.now();
		for (const text of texts.slice(same)) {
			this.messages.add(toTerms(text, this.stems));
			if (performance.now() - sliceStart < sliceMs) continue;
			await nextTurn();
			sliceStart = performance.now();
		}
		for (let from = this.stretches.size * stretchMessages; from < texts.length; from += stretchMessages)
			this.stretches.add(this.#termsFrom(from));
		this.#texts = texts;
	}

	*#termsFrom(from: number): Generator<string> {
		for (let at = from; at < from + stretchMessages; at++)
			for (const [term, count] of this.messages.termsOf(at).counts)
				for (let each = 0; each < count; each++) yield term;
	}
}

const kept = new LRUCache<string, ThreadIndex>({ maxSize: keptCharactersMax });

/**
 * The index of a conversation, read up to its last message. It is kept for the next question; while it is in use no other one has it.
 *
 * @param use reads it, and must not wait for anything.
 */
export async function withThreadIndex<Result>(
	texts: readonly string[],
	use: (index: ThreadIndex) => Result,
): Promise<Result> {
	const [key = ""] = texts;
	const index = kept.get(key) ?? new ThreadIndex();
	kept.delete(key);
	await index.read(texts);
	const result = use(index);
	const size = texts.reduce((sum, { length }) => sum + length, 1);
	if (size <= keptCharactersMax) kept.set(key, index, { size });
	return result;
}
