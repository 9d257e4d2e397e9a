/**
 * What of a text must not change in a summary: constraints, addresses, code, numbers and dates, names. Found by their form, in any language
 * that separates words; a model is not asked.
 */

export interface Identifier {
	/** As it stands in the text; a number with the word before and after it, which say what it counts. */
	readonly text: string;
	/** What a summary has to contain, so that nothing is lost. */
	readonly core: string;
	/** The most precious first. */
	readonly rank: 0 | 1 | 2 | 3;
}

/** Words by which people say what has to hold. */
const constraintWords =
	/(?<![\p{L}\p{N}])(must|never|always|only|don['’]t|do not|should ?n['’]?o?t|cannot|can['’]t|at most|at least|no more than|no later than|no earlier than|avoid|forbidden|required|deadline|prefer|allergic|muss|müssen|darf|dürfen|nie|niemals|immer|nur|höchstens|mindestens|spätestens|jamais|toujours|doit|au plus|au moins|nunca|siempre|debe|como máximo|mai|sempre|deve)(?![\p{L}\p{N}])/iu;
const sentenceEnd = /(?<=[.!?…。！？])\s+|\n+/u;
const constraintCharactersMax = 240;
const webAddress = /\b[a-z][a-z0-9+.-]*:\/\/[^\s<>"'`\])}]+/giu;
const codeSpan = /`([^`\n]{1,80})`/gu;
const separators = /[\s()[\]{}<>"“”„«»‚‘,;|]+/u;
const identifierCharactersMax = 120;
/** From this share of words on, a language writes its nouns with a capital (German): a capital says nothing of a name there. */
const nounShare = 0.2;

/** What must be kept verbatim of one message; constraints are taken from what the person said. */
export function findIdentifiers(text: string, role: "user" | "assistant"): Identifier[] {
	const found: Identifier[] = [];
	const add = (words: string, rank: Identifier["rank"], core = words) => {
		if (core !== "" && words.length <= (rank === 0 ? constraintCharactersMax : identifierCharactersMax))
			found.push({ text: words, core, rank });
	};
	const sentences = text.split(sentenceEnd).map((sentence) => sentence.trim().replace(/\s+/g, " "));
	if (role === "user") for (const sentence of sentences) if (constraintWords.test(sentence)) add(sentence, 0);
	for (const [address] of text.matchAll(webAddress)) add(address.replace(/[.,;:!?]+$/, ""), 1);
	for (const [, code = ""] of text.matchAll(codeSpan)) add(code.trim(), 1);
	const rest = sentences.map((sentence) => sentence.replace(webAddress, " ").replace(codeSpan, " "));
	for (const sentence of rest) for (const one of findTokens(sentence)) add(one.text, one.rank, one.core);
	for (const name of findNames(rest)) add(name, 3);
	return [...new Map(found.map((one) => [one.core, one])).values()].toSorted(
		(one, other) => one.rank - other.rank,
	);
}

const toWords = (sentence: string): string[] =>
	sentence
		.split(separators)
		.map((word) => word.replace(/^[.:!?'’*_#-]+|[.:!?'’*…。！？]+$/gu, ""))
		.filter((word) => word !== "");

/** Addresses, paths, names of code, numbers, dates and versions. */
function findTokens(sentence: string): Identifier[] {
	const words = toWords(sentence);
	return words.flatMap((word, place): Identifier[] => {
		if (isCode(word)) return [{ text: word, core: word, rank: 1 }];
		// The mark of a list stands alone, where a sentence ends at its full stop.
		if (!/\p{N}/u.test(word) || (words.length === 1 && /^\d{1,2}$/.test(word))) return [];
		const around = [words[place - 1], word, words[place + 1]].filter((each) => each !== undefined);
		return [{ text: around.join(" "), core: word, rank: 2 }];
	});
}

const isCode = (word: string): boolean =>
	/\p{L}/u.test(word) &&
	(/[\p{L}\p{N}][_/\\@]\S|\p{L}\.\p{L}|::|\p{Ll}\p{Lu}|^--?\p{L}|\p{L}-?\p{N}|\p{N}-?\p{Lu}/u.test(word) ||
		/^\p{Lu}{2,}$/u.test(word));

/** Runs of words with a capital inside of a sentence; where nouns have one, runs of two and more. */
function findNames(sentences: readonly string[]): string[] {
	const isCapital = (word: string) => /^\p{Lu}\p{Ll}/u.test(word);
	const inner = sentences.map((sentence) => toWords(sentence)).map((words) => words.slice(1));
	const all = inner.flat().filter((word) => /^\p{L}/u.test(word));
	const hasNouns = all.length >= 20 && all.filter(isCapital).length / all.length > nounShare;
	const names: string[] = [];
	for (const words of inner) {
		let run: string[] = [];
		for (const word of [...words, ""]) {
			if (isCapital(word)) run.push(word);
			else {
				if (run.length > (hasNouns ? 1 : 0)) names.push(run.join(" "));
				run = [];
			}
		}
	}
	return names;
}
