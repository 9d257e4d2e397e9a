/** Repeated text shorter than this may be chance; a word or two said again is not worth a wrong cut. */
const overlapCharactersMin = 16;
/** How far back a model that was asked to go on tends to start again. */
const lookBackCharacters = 2_000;

/** Where a continuation meets the text before it. */
export interface OverlapTrimmer {
	/** What of this delta is new. Held back (an empty string) while it may still be a repetition. */
	push(text: string): string;
	/** What was still held back, at the end of the answer. */
	end(): string;
}

/**
 * Lets no text appear twice when an answer is continued: a model that repeats the last sentences, or begins the whole
 * answer again, has the repeated part cut. Pure but for what it holds back.
 */
export function createOverlapTrimmer(before: string): OverlapTrimmer {
	const lookFrom = Math.max(0, before.length - lookBackCharacters);
	let held = "";
	let isOpen = before.length >= overlapCharactersMin;

	/** Suffixes of `before` that a repetition could begin with: all recent ones, and the whole text. */
	function* candidates(): Generator<string> {
		yield before;
		for (let at = Math.max(1, lookFrom); at <= before.length - overlapCharactersMin; at++)
			yield before.slice(at);
	}

	return {
		push(text) {
			if (!isOpen) return text;
			held += text;
			for (const suffix of candidates()) {
				if (suffix.length > held.length && suffix.startsWith(held)) return "";
				if (!held.startsWith(suffix)) continue;
				isOpen = false;
				return held.slice(suffix.length);
			}
			isOpen = false;
			return held;
		},
		end: () => {
			const rest = isOpen ? held : "";
			isOpen = false;
			return before.endsWith(rest) && rest.length >= overlapCharactersMin ? "" : rest;
		},
	};
}
