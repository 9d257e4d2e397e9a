import type { Embedder } from "./embedder.ts";

/** Small words that English texts are full of and texts of other languages are not. */
const english = toWordSet(
	`the and of to is are was with that this you your what how it they we have has had not but from by my i when where which would can
	could should there their about for be at if or our me he she his her them who why do does did don't it's i'm will just get some so`,
);
/** The same of languages that are written with the same letters. */
const others = toWordSet(
	`der die das und ist nicht ich ein eine zu den mit auf für von wie sie wir le la les et est un une des que qui dans pour pas je vous el
	los las de y es en por con para una lo il di che per non sono del della da em o os um uma não het een van niet ik dat op te zijn och att
	det som på är en jag inte w na nie się jest ve bir bu için ne`,
);
const words = /[\p{L}\p{M}]+(?:'\p{L}+)?/gu;
const foreignLetter = /[^\p{ASCII}’‘“”–—…\p{Emoji}]/u;

/** Of all words, and of the words with letters beyond English ones. */
const englishShareMin = 0.12;
const foreignShareMax = 0.15;

/** Whether a text is English as far as its words say; one of a few words without any small one is not taken for it. */
export function isEnglish(text: string): boolean {
	const found = text.toLowerCase().match(words) ?? [];
	const count = (is: (word: string) => boolean) => found.filter(is).length;
	const known = count((word) => english.has(word));
	return (
		known >= englishShareMin * found.length &&
		known > count((word) => others.has(word)) &&
		count((word) => foreignLetter.test(word)) <= foreignShareMax * found.length
	);
}

/** Whether a model knows the language of a text. */
export const knowsLanguage = ({ languages }: Pick<Embedder, "languages">, text: string): boolean =>
	/\p{L}/u.test(text) && (languages === "all" || isEnglish(text));

function toWordSet(list: string): ReadonlySet<string> {
	return new Set(list.split(/\s+/));
}
