import type { Inline } from "./tree";

/** Scripts without spaces between words. */
const spaceless = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]/u;

/** A switch of models: its number in the answer, and where the other model's words begin (UTF-16). */
export interface SwitchPlace {
	readonly index: number;
	readonly at: number;
}

/**
 * Finds a place for the mark of each switch of models: the nearest one from there on between two words of plain text, never
 * inside of code, a formula or a link's address. Asked in the order of the text.
 */
export class SwitchPlacer {
	#waiting: SwitchPlace[];
	#isPaused = false;
	#isLineStart = true;

	/** @param switches in the order of the text */
	constructor(switches: readonly SwitchPlace[], from: number) {
		this.#waiting = switches.filter(({ at }) => at >= from);
	}

	/** Those that lie before a block, between it and the one before. */
	before(start: number): number[] {
		return this.#take(({ at }) => at <= start);
	}

	/** Those that a finished block has passed and that found no place in it. */
	rest(end: number): number[] {
		return this.#take(({ at }) => at < end);
	}

	/** Those within a block of code, with their places. */
	inside(start: number, end: number): SwitchPlace[] {
		const found = this.#waiting.filter(({ at }) => at > start && at < end);
		this.#take(({ at }) => at > start && at < end);
		return found;
	}

	startLine(): void {
		this.#isLineStart = true;
	}

	/** Passes something that holds no mark. */
	skip(): void {
		this.#isLineStart = false;
	}

	/** Places nothing meanwhile. */
	pause<Result>(run: () => Result): Result {
		const wasPaused = this.#isPaused;
		this.#isPaused = true;
		const result = run();
		this.#isPaused = wasPaused;
		return result;
	}

	/** A run of text, with the marks that have their place in it. `end - start` differs from its length where it has escapes. */
	split(text: string, start: number, end: number): Inline[] {
		const parts: Inline[] = [];
		let from = 0;
		for (;;) {
			const next = this.#waiting[0];
			if (!next || next.at >= end || this.#isPaused) break;
			const wanted =
				end - start === text.length ? Math.max(from, next.at - start) : next.at <= start ? 0 : text.length;
			const at = this.#findBoundary(text, Math.max(from, wanted));
			if (at < 0) break;
			this.#waiting.shift();
			// The mark is a line of its own: the space before it has nothing to part any more.
			const before = text.slice(from, at).replace(/ $/, "");
			if (before !== "") parts.push(before);
			parts.push({ type: "switch", index: next.index });
			from = at;
		}
		if (text !== "") this.#isLineStart = false;
		const rest = from === 0 ? text : text.slice(from).replace(/^ /, "");
		if (rest !== "") parts.push(rest);
		return parts;
	}

	#findBoundary(text: string, at: number): number {
		if (at === 0 && this.#isLineStart) return 0;
		for (let place = at; place <= text.length; place++) {
			const before = text.charAt(place - 1);
			const after = text.charAt(place);
			if (/\s/.test(before) || (/\s/.test(after) && before !== "")) return place;
			if (before !== "" && after !== "" && (spaceless.test(before) || spaceless.test(after))) return place;
		}
		return -1;
	}

	#take(isWanted: (one: SwitchPlace) => boolean): number[] {
		const taken = this.#waiting.filter(isWanted);
		if (taken.length > 0) this.#waiting = this.#waiting.filter((one) => !isWanted(one));
		return taken.map(({ index }) => index);
	}
}
