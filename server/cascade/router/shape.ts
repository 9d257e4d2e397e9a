import type { ReadPrompt } from "./read-prompt.ts";

interface Read extends ReadPrompt {
	/** Words that are no numbers. */
	readonly plain: readonly string[];
	/** Lines that begin like one of several answers: `A.`, `(B)`. */
	readonly options: readonly string[];
}

type Measure = (prompt: Read) => number;

const countOf = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;
const count =
	(pattern: RegExp): Measure =>
	({ text }) =>
		Math.log1p(countOf(text, pattern));
const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** Multiple choice of more than four is told from four by the rule of open chat: hardly any row to learn from has more. */
const optionsMax = 4;

/** What a text looks like, whatever it is about. Counts are logarithms, so that twice as much is one step. */
const measures: Readonly<Record<string, Measure>> = {
	length: ({ length }) => Math.log1p(length),
	words: ({ words }) => Math.log1p(words.length),
	sentences: count(/[.?!](\s|$)/g),
	wordLength: ({ plain }) =>
		share(
			plain.reduce((sum, word) => sum + word.length, 0),
			plain.length,
		),
	numbers: ({ numbers }) => Math.log1p(numbers.length),
	distinctNumbers: ({ numbers }) => Math.log1p(new Set(numbers).size),
	largestNumber: ({ numbers }) =>
		Math.min(
			15,
			Math.log1p(Math.max(0, ...numbers.map((number) => Number(number.replaceAll(",", "")) || 0))),
		),
	decimals: ({ numbers }) => Math.log1p(numbers.filter((number) => number.includes(".")).length),
	percent: count(/%|percent/g),
	money: count(/[$€£]/g),
	operators: count(/[=+*/^<>]/g),
	options: ({ options }) => Math.min(options.length, optionsMax),
	optionLength: ({ options }) => Math.log1p(share(options.join(" ").length, options.length)),
	optionNumbers: ({ options }) => (share(countOf(options.join(" "), /\d/g), options.length) > 1 ? 1 : 0),
	lines: count(/\n/g),
	questions: count(/\?/g),
	negation: count(/\b(not|except|never|least|false|incorrect|no|none)\b|n't\b/gi),
	blank: ({ text }) => (/___|\s_\s/.test(text) ? 1 : 0),
	statements: count(/\b(statement|premise)\b/gi),
	quantity: count(/\b(how many|how much|total|altogether|left|remaining|sum|average|difference)\b/gi),
	rates: count(/\b(each|every|per|times)\b/gi),
	fractions: count(/\b(half|third|quarter|twice|double|triple|fraction|percent)\b|%|\d\/\d/gi),
	comparisons: count(/\b(more|less|fewer|older|younger|than|as many|as much)\b/gi),
	conditions: count(/\b(if|then|after|before|until|when|but|however|because|so)\b/gi),
	time: count(/\b(days?|weeks?|hours?|minutes?|years?|months?)\b/gi),
	longWords: ({ plain }) => share(plain.filter((word) => word.length > 8).length, plain.length),
	capitals: count(/\b[A-Z][a-z]+/g),
	repetition: ({ plain }) => (plain.length === 0 ? 0 : 1 - new Set(plain).size / plain.length),
	firstPerson: count(/\b(I|my|me)\b/g),
	code: count(/[{};]|=>|\(\)|def |```/g),
	latex: count(/\\[a-z]+|\$[^$\n]{1,80}\$/g),
	persons: count(/\b(he|she|they|his|her|their|him|them)\b/gi),
};

/** In the order of their weights. */
export const shapeNames = Object.keys(measures);

/** The shape of a prompt, in the order of `shapeNames`. */
export function measureShape(prompt: ReadPrompt): number[] {
	const read: Read = {
		...prompt,
		plain: prompt.words.filter((word) => !word.startsWith("<")),
		options: prompt.text.match(/^[ \t]*\(?[A-J][.):][ \t].*$/gm) ?? [],
	};
	return Object.values(measures).map((measure) => measure(read));
}
