import { isEnglish } from "./language.ts";
import { readNames } from "./names.ts";
import { readNumbers } from "./numbers.ts";
import { expandContractions, toPlainText } from "./plain-text.ts";
import { withoutPoliteness } from "./polite.ts";
import { isFunctionWord, readTokens, toStem } from "./words.ts";

/** What guards and the model see of a question; made once for each question. */
export interface Question {
	/** Without upper case, spaces and the punctuation at its end: questions of any language with the same one are the same. */
	readonly plain: string;
	/** Whether the guards have tables for its language; all below is empty if not. */
	readonly isEnglish: boolean;
	/** Lower case, contractions written out, without politeness. */
	readonly asked: string;
	/** Its words in one spelling, without politeness and articles. */
	readonly tokens: readonly string[];
	/** The same without endings, numbers by their value. */
	readonly stems: readonly string[];
	/** The stems of words that carry a meaning of their own, in order. */
	readonly content: readonly string[];
	/** In order. */
	readonly numbers: readonly string[];
	/** Lower case, in order. */
	readonly names: readonly string[];
}

/** Questions are short; of longer texts nothing but the whole is compared. */
const charactersMax = 600;

export function readQuestion(text: string): Question {
	const plain = toPlainText(text);
	if (plain.length > charactersMax || !isEnglish(plain))
		return { plain, isEnglish: false, asked: "", tokens: [], stems: [], content: [], numbers: [], names: [] };
	const asked = withoutPoliteness(expandContractions(plain));
	const tokens = readTokens(asked);
	const stems = tokens.map(toStem);
	return {
		plain,
		isEnglish: true,
		asked,
		tokens,
		stems,
		content: stems.filter((_, at) => !isFunctionWord(tokens[at] ?? "")),
		numbers: readNumbers(tokens),
		names: readNames(text, tokens),
	};
}
