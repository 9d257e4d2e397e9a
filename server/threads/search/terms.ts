/**
 * The one rule by which texts are cut for the search: what is stored of a message and what a person types. It needs nothing of
 * PostgreSQL's parsers, dictionaries, locale or extensions, so that a word is found alike in every database.
 *
 * - A word is letters, marks and digits of any script, folded: case, compatibility forms, accents.
 * - Words with only signs between them (`index.html`, `2024-01-15`, `TCP/IP`, `ann@example.com`) are joined: each pair of
 *   neighbours is a term besides the words.
 * - Scripts that write no spaces, and Korean, are cut into pairs of neighbouring characters.
 * - A picture (emoji) is a term.
 */

export interface Cut {
	/** A word, or one character of a script without spaces. */
	readonly kind: "word" | "character";
	readonly term: string;
	/** Where it stands in the text: UTF-16 code units. */
	readonly start: number;
	readonly end: number;
	/** It belongs to the cut before: with signs between two words, directly between two characters. */
	readonly isJoined: boolean;
	/** What a word also begins with further on: `username` and `name` of `getUserName`, `15` of `iPhone15`. */
	readonly tails: readonly string[];
}

/** One part of what was typed. With `isPrefix` every term that begins with it is meant, else this term alone. */
export interface QueryTerm {
	readonly term: string;
	readonly isPrefix: boolean;
}

const wordCharactersMax = 64;
const tailsMax = 8;
const joinersMax = 4;

/** Dropped inside of words: soft hyphen, joiners. */
const invisible = String.raw`\u00AD\u200C\u200D\u2060`;
const unspaced = String.raw`(?=[\p{L}\p{N}\p{M}])[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\p{sc=Yi}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]`;
const cuts = new RegExp(
	[
		// Most words, at a third of the time.
		String.raw`[A-Za-z0-9]+(?![A-Za-z0-9+#\u0080-\u{10FFFF}])`,
		// Names such as C# and C++, whose signs are what tells them apart.
		String.raw`(?<named>\p{L}{1,2}(?:\+\+|#)(?![\p{L}\p{N}]))`,
		String.raw`(?<character>${unspaced}[\p{M}${invisible}\uFF9E\uFF9F]*)`,
		String.raw`(?<word>[\p{L}\p{N}](?:(?!${unspaced})[\p{L}\p{M}\p{N}${invisible}])*)`,
		String.raw`(?<picture>\p{RI}\p{RI}|\p{Extended_Pictographic})`,
	].join("|"),
	"gu",
);
const joiners = new RegExp(String.raw`^[^\s\p{L}\p{M}\p{N}]{1,${joinersMax}}$`, "u");
/** Before a capital after a small letter, before the last capital of several, between letters and digits. */
const humps = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/gu;
const ascii = /^[A-Za-z0-9]+$/;
const withoutHumps = /^(?:[A-Z]?[a-z]*|[0-9]+)$/;
/**
 * What is not compared: signs, the Arabic stretch, accents, vowel points of Hebrew and Arabic, and what chooses between pictures of a
 * character. Not the marks that make another Japanese syllable.
 */
const unread =
	/[^\p{L}\p{M}\p{N}]|\u0640|(?![\u3099\u309A])(?=\p{M})[\p{sc=Inherited}\p{sc=Hebrew}\p{sc=Arabic}]/gu;

/** Combined characters as one, which the places of cuts are counted in. */
export const toCanonical = (text: string): string => text.normalize("NFC");

/** Letters that are typed as others where a keyboard has none of them, and that no form of Unicode takes apart. */
const typedAs: Record<string, string> = { đ: "d", ħ: "h", ł: "l", ø: "o", æ: "ae", œ: "oe" };

/** Upper case first: `ß` is `SS` there, and lower case of it `ss`. */
function fold(text: string): string {
	if (ascii.test(text)) return text.toLowerCase();
	return text
		.normalize("NFKD")
		.toUpperCase()
		.toLowerCase()
		.replaceAll("ς", "σ")
		.replace(unread, "")
		.replace(/[đħłøæœ]/g, (letter) => typedAs[letter] ?? letter)
		.normalize("NFKC");
}

/** Cuts a text in the form of `toCanonical`, lazily, from its beginning. */
export function* cut(text: string): Generator<Cut> {
	let last: Cut | null = null;
	for (const { 0: found, index: start, groups } of text.matchAll(cuts)) {
		const end = start + found.length;
		for (const next of toCuts(found, groups ?? {}, { start, end })) {
			last = { ...next, isJoined: isJoinedTo(last, next, text) };
			yield last;
		}
	}
}

type Found = Omit<Cut, "isJoined">;

function isJoinedTo(last: Cut | null, { kind, start }: Found, text: string): boolean {
	if (last?.kind !== kind) return false;
	return kind === "word" ? joiners.test(text.slice(last.end, start)) : last.end >= start;
}

function toCuts(
	found: string,
	groups: Record<string, string | undefined>,
	place: { start: number; end: number },
): Found[] {
	if (groups.character !== undefined)
		return [...fold(found)].map((term) => ({ kind: "character", term, ...place, tails: [] }));
	if (groups.picture !== undefined) return [{ kind: "word", term: found, ...place, tails: [] }];
	const short = found.slice(0, wordCharactersMax).toWellFormed().replace("\uFFFD", "");
	const signs = groups.named === undefined ? "" : found.replace(/^\p{L}+/u, "");
	const term = fold(short) + signs;
	return term === "" ? [] : [{ kind: "word", term, ...place, tails: toTails(short) }];
}

function toTails(word: string): string[] {
	if (withoutHumps.test(word)) return [];
	const begins = [...word.matchAll(humps)].slice(0, tailsMax).map(({ index }) => index);
	return begins.map((begin) => fold(word.slice(begin))).filter((tail) => tail !== "");
}

/** A term of a text and what it stands for there. */
export interface PlacedTerm {
	readonly term: string;
	readonly start: number;
	readonly end: number;
	/** Where the first character ends, in scripts that are cut into pairs of them. */
	readonly characterEnd: number | null;
}

/** What is stored of a text in the form of `toCanonical`; terms may come repeatedly. */
export function* toIndexTerms(text: string): Generator<PlacedTerm> {
	let last: Cut | null = null;
	for (const next of cut(text)) {
		if (last?.kind === "character") yield toCharacters(last, next.isJoined ? next : null);
		if (next.kind === "word") yield* toWords(last, next);
		last = next;
	}
	if (last?.kind === "character") yield toCharacters(last, null);
}

const toCharacters = ({ term, start, end }: Cut, next: Cut | null): PlacedTerm => ({
	term: term + (next?.term ?? ""),
	start,
	end: next?.end ?? end,
	characterEnd: end,
});

function* toWords(last: Cut | null, { term, tails, isJoined, start, end }: Cut): Generator<PlacedTerm> {
	for (const each of [term, ...tails]) yield { term: each, start, end, characterEnd: null };
	if (!isJoined || !last) return;
	for (const before of [last.term, ...last.tails])
		yield { term: toPair(before, term), start: last.start, end, characterEnd: null };
}

const toPair = (before: string, after: string) => `${before}.${after}`;

/** What a text must have, all of it, to be found; nothing when no word, number or picture was typed. */
export function toQueryTerms(typed: string, max: number): QueryTerm[] {
	const parts = [...cut(toCanonical(typed))];
	const terms = parts.flatMap((part, index): QueryTerm[] => {
		const next = parts[index + 1];
		if (!next?.isJoined) return part.isJoined ? [] : [{ term: part.term, isPrefix: true }];
		return part.kind === "word"
			? [{ term: toPair(part.term, next.term), isPrefix: true }]
			: [{ term: part.term + next.term, isPrefix: false }];
	});
	return terms.slice(0, max);
}

/** Whether a term of a text is one that was typed. */
export const isMatch = (term: string, typed: QueryTerm): boolean =>
	typed.isPrefix ? term.startsWith(typed.term) : term === typed.term;

/** Stands before every stored term of one person. Two may share it: who owns a row is asked as well. */
export const toOwnerTag = (userId: string): string => userId.slice(-8);

/** All that must be found, as PostgreSQL's `tsquery` reads it. Terms have no quotes and no backslashes. */
export const toTsQuery = (terms: readonly QueryTerm[], userId: string): string =>
	terms.map(({ term, isPrefix }) => `'${toOwnerTag(userId)}${term}'${isPrefix ? ":*" : ""}`).join(" & ");
