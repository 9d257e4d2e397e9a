import { stemmer } from "stemmer";

/** Words that say nothing of what a message is about. English alone: words of other languages count less the more messages have them. */
const emptyWords = new Set(
	`a an and are as at be been being but by can could did do does doing for from had has have having he her hers him his how i if in
	into is it its just me my no not of on or our out over she should so some than that the their them then there these they this those to
	too up was we were what when where which while who whom whose why will with would you your yours about after again all also am any
	because before between both during each few further more most myself nor off once only other own same such through under until very
	s t d m ll ve re don didn isn wasn doesn hasn haven couldn wouldn shouldn im let tell please`.split(/\s+/),
);

const words = /[\p{L}\p{M}\p{N}]+/gu;
const plainEnglish = /^[a-z]+$/;
/** Scripts that write no spaces between words. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
/** Longer runs of letters are data, such as an encoded file. */
const wordCharactersMax = 64;

/**
 * What a text is compared by: English words without their endings, words of other languages as they are, and pairs of neighbouring
 * characters where words are not parted by spaces.
 *
 * @param stems remembers what was cut before; one map for all texts that are compared.
 */
export function* toTerms(text: string, stems: Map<string, string>): Generator<string> {
	for (const [word] of text.normalize("NFKC").toLowerCase().matchAll(words)) {
		if (word.length > wordCharactersMax || emptyWords.has(word)) continue;
		if (unspaced.test(word)) yield* toPairs(word);
		else yield toStem(word, stems);
	}
}

function* toPairs(word: string): Generator<string> {
	const characters = [...word];
	if (characters.length === 1) yield word;
	for (let index = 1; index < characters.length; index++)
		yield `${characters[index - 1]}${characters[index]}`;
}

function toStem(word: string, stems: Map<string, string>): string {
	const known = stems.get(word);
	if (known !== undefined) return known;
	const stem = plainEnglish.test(word) ? stemmer(word) : word;
	stems.set(word, stem);
	return stem;
}
