import { stemmer } from "stemmer";
import { toNumber } from "./numbers.ts";
import { toOneSpelling } from "./spelling.ts";

/** Words, numbers with their signs and letters ("-5", "3.5", "mp3", "c++"), and the signs that change a meaning. */
const tokens =
	/(?<![\p{L}\p{N}])-?\d[\p{L}\p{N}]*(?:[.,:/]\d[\p{L}\p{N}]*)*|[\p{L}\p{M}\p{N}]+(?:\+\+|#)?|!(?==)|[+*=<>%$€£¥₹^&|~@#°√/\\]/gu;
const articles = new Set(["a", "an", "the"]);
/** "A few" and "few" are not the same. */
const afterArticle = new Set(["few", "little", "bit", "lot"]);

/** The tokens of an English plain text, in one spelling and without articles. */
export function readTokens(text: string): string[] {
	const found = text.match(tokens) ?? [];
	return found
		.filter((token, at) => !articles.has(token) || (token === "a" && afterArticle.has(found[at + 1] ?? "")))
		.map(toOneSpelling);
}

const functionWords = new Set(
	`a an and are as at be been not being but by can could did do does doing for from had has have having he her hers him his how i if in into is it
	its me my of on or our ours out so some such than that their them then there these they this those to too up us was we were what when where
	which while who whom whose why will with would shall should may might must you your yours about also just any am let really actually
	get got one ones thing things way ways someone anyone anybody person people please tell know there's ever s t d m ll ve re`.split(
		/\s+/,
	),
);

export const isFunctionWord = (token: string): boolean => functionWords.has(token);

const plain = /^[a-z]+$/;

/** What a word is compared by: numbers by their value, words without their endings. */
export function toStem(token: string): string {
	const number = toNumber(token);
	if (number !== null) return number;
	return plain.test(token) ? stemmer(token) : token;
}
