import type { Question } from "../read/question.ts";
import { isFunctionWord } from "../read/words.ts";
import { type Guard, toWords } from "./guard.ts";

const negations = new Set(
	toWords(`not no never none nor neither without nothing nowhere nobody hardly barely scarcely seldom rarely unless except excluding
	avoid lack lacking stop prevent instead`),
);
const prefix = /^(?:un|in|im|il|ir|dis|non|mis|anti|de)/;

const asking = /^(?:what|which|who|where|when|why|how)$/;
const auxiliary =
	/^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|must|might)$/;
/** In place of the word that is negated, where the question's form parts the two: "why don't owls fly". */
const any = "*";

/** Each negation with the word that it stands before. */
function readNegated({ tokens, stems }: Question): [string, string][] {
	const found: [string, string][] = [];
	for (const [at, token] of tokens.entries()) {
		if (!negations.has(token)) continue;
		const next = tokens.findIndex((word, place) => place > at && !isFunctionWord(word));
		const isInverted =
			auxiliary.test(tokens[at - 1] ?? "") && (at === 1 || asking.test(tokens[at - 2] ?? ""));
		found.push([token, isInverted ? any : (stems[next] ?? "")]);
	}
	return found;
}

const isSameNegated = (one: readonly [string, string][], other: readonly [string, string][]): boolean =>
	one.length === other.length &&
	one.every(([negation, word], at) => {
		const [otherNegation, otherWord] = other[at] ?? ["", ""];
		return negation === otherNegation && (word === otherWord || word === any || otherWord === any);
	});

/** Whether one question has a word and the other the same word with a negating prefix: legal, illegal. */
const hasPrefixed = (one: Question, other: Question): boolean =>
	one.stems.some((stem) => {
		const bare = stem.replace(prefix, "");
		return bare.length > 2 && bare !== stem && other.stems.includes(bare) && !other.stems.includes(stem);
	}) ||
	one.tokens.some((word) => {
		const bare = word.replace(prefix, "");
		return bare.length > 2 && bare !== word && other.tokens.includes(bare) && !other.tokens.includes(word);
	}) ||
	one.tokens.some(
		(word) =>
			word.length > 5 &&
			word.endsWith("less") &&
			other.tokens.some((each) => each !== word && each.startsWith(word.slice(0, -4))),
	);

export const negation: Guard = {
	name: "negation",
	agrees: (a, b) => isSameNegated(readNegated(a), readNegated(b)) && !hasPrefixed(a, b) && !hasPrefixed(b, a),
};
