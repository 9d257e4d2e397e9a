/** What is read of a prompt: its beginning and its end, where instructions stand. A megabyte costs no more than this. */
const headMax = 3_000;
const tailMax = 1_000;

/** Words that a rule or an expert looks at, at most. */
const wordsMax = 800;

/** A prompt as the router reads it. */
export interface ReadPrompt {
	/** The text, or its beginning and end. */
	readonly text: string;
	/** Lower-case words in order; a number stands as its size, such as `<2>` for one of two digits. */
	readonly words: readonly string[];
	/** The numbers as they are written. */
	readonly numbers: readonly string[];
	/** UTF-16 code units of the whole prompt. */
	readonly length: number;
}

const wordOrNumber = /\p{L}[\p{L}\p{M}']*|\d[\d.,]*/gu;

/** Reads what the features are made of; never more than 4,000 code units, whatever the prompt's length. */
export function readPrompt(prompt: string): ReadPrompt {
	const text =
		prompt.length > headMax + tailMax ? `${prompt.slice(0, headMax)}\n${prompt.slice(-tailMax)}` : prompt;
	const words: string[] = [];
	const numbers: string[] = [];
	for (const [found] of text.toLowerCase().matchAll(wordOrNumber)) {
		if (words.length >= wordsMax) break;
		if (!/^\d/.test(found)) {
			words.push(found);
			continue;
		}
		const number = found.replace(/[.,]+$/, "");
		numbers.push(number);
		words.push(`<${toSize(number)}>`);
	}
	return { text, words, numbers, length: prompt.length };
}

/** Digits before the point, and whether there are some behind it: rewording a prompt with other numbers changes nothing. */
const toSize = (number: string) => {
	const [whole = "", fraction] = number.replaceAll(",", "").split(".");
	return `${Math.min(whole.length, 5)}${fraction ? "." : ""}`;
};

const option = /^[ \t]*\(?[A-J][.):][ \t]/gm;

/** Lines that begin like one of several answers, such as `A.` or `(B)`. */
export const countOptions = (text: string): number => text.match(option)?.length ?? 0;
