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

/**
 * The terms of a conversation's messages, one by one and in stretches. Of a conversation that goes on, or whose beginning is no longer read, only
 * the new messages are read.
 */
export class ThreadIndex {
	readonly messages = new TermIndex();
	stretches = new TermIndex();
	/** Remembers which ending was cut from which word. */
	readonly stems = new Map<string, string>();
	#texts: readonly string[] = [];

	/** Makes it the index of these texts. Lets other work run in between, whatever their length. */
	async read(texts: readonly string[]): Promise<void> {
		this.#leave(findStart(this.#texts, texts));
		const same = countSame(this.#texts, texts, 0);
		while (this.messages.size > same) this.messages.removeLast();
		while (this.stretches.size > Math.floor(same / stretchMessages)) this.stretches.removeLast();
		this.#texts = texts.slice(0, same);
		let sliceStart = performance.now();
		const rest = async () => {
			if (performance.now() - sliceStart < sliceMs) return;
			await nextTurn();
			sliceStart = performance.now();
		};
		for (const text of texts.slice(same)) {
			this.messages.add(toTerms(text, this.stems));
			await rest();
		}
		for (let from = this.stretches.size * stretchMessages; from < texts.length; from += stretchMessages) {
			this.stretches.add(this.#termsFrom(from));
			await rest();
		}
		this.#texts = texts;
	}

	/** Takes out the messages before a place. Stretches begin with the first message: they stay where as many of them left as a whole. */
	#leave(start: number): void {
		if (start === 0) return;
		this.messages.removeFirst(start);
		if (start % stretchMessages === 0) this.stretches.removeFirst(start / stretchMessages);
		else this.stretches = new TermIndex();
		this.#texts = this.#texts.slice(start);
	}

	*#termsFrom(from: number): Generator<string> {
		for (let at = from; at < from + stretchMessages; at++)
			for (const [term, count] of this.messages.termsOf(at).counts)
				for (let each = 0; each < count; each++) yield term;
	}
}

/** How many texts are the same one after another, from a place of the one list and the beginning of the other. */
function countSame(before: readonly string[], texts: readonly string[], start: number): number {
	let same = 0;
	while (start + same < before.length && same < texts.length && before[start + same] === texts[same]) same++;
	return same;
}

/** Where in what was read before the conversation begins by now: where most of it follows. */
function findStart(before: readonly string[], texts: readonly string[]): number {
	let best = { start: 0, same: countSame(before, texts, 0) };
	for (
		let start = before.indexOf(texts[0] ?? "", 1);
		start > 0;
		start = before.indexOf(texts[0] ?? "", start + 1)
	) {
		if (before.length - start <= best.same) break;
		const same = countSame(before, texts, start);
		if (same > best.same) best = { start, same };
	}
	return best.start;
}

const kept = new LRUCache<number, ThreadIndex>({ maxSize: keptCharactersMax });
/** Which kept index a conversation has, by its first text and by its last: one of them stays when it goes on. */
const names = new LRUCache<string, number>({
	max: 1_000,
	maxSize: 2_000_000,
	sizeCalculation: (_, text) => text.length + 1,
});
let lastKey = 0;
/** Messages since the last question: the answer, the next question, and what a turn added. */
const recentMessages = 8;
/** Shorter ones, such as a word of thanks, are said in many conversations. */
const nameCharactersMin = 40;

/**
 * The index of a conversation, read up to its last message. It is kept for the next question; while it is in use no other one has it.
 *
 * @param use reads it, and must not wait for anything.
 */
export async function withThreadIndex<Result>(
	texts: readonly string[],
	use: (index: ThreadIndex) => Result,
): Promise<Result> {
	const isName = (text: string) => text.length >= nameCharactersMin;
	const [first = ""] = texts;
	const named = [first, ...texts.slice(-recentMessages).filter(isName).toReversed()].flatMap(
		(text) => names.get(text) ?? [],
	);
	const key = named.find((each) => kept.has(each)) ?? ++lastKey;
	const index = kept.get(key) ?? new ThreadIndex();
	kept.delete(key);
	await index.read(texts);
	const result = use(index);
	const size = texts.reduce((sum, { length }) => sum + length, 1);
	if (size > keptCharactersMax * 2) return result;
	// One that is longer than all that is kept is kept alone.
	kept.set(key, index, { size: Math.min(size, keptCharactersMax) });
	for (const text of [first, ...texts.slice(-recentMessages).filter(isName)]) names.set(text, key);
	return result;
}
