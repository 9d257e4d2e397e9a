import type { Question } from "../read/question.ts";
import { isFunctionWord } from "../read/words.ts";
import { type Guard, toWords } from "./guard.ts";

/** Words that say which way: what stands after one of them may not stand elsewhere in the other question. */
const ways = new Set(
	toWords(
		"from to into onto out toward towards than over under before after against by for without via through as",
	),
);

/** The word of meaning after each word of direction; the other question has it there, too, or has no such word. */
function readTargets({ tokens, stems }: Question): Map<string, Set<string>> {
	const found = new Map<string, Set<string>>();
	for (const [at, token] of tokens.entries()) {
		if (!ways.has(token)) continue;
		const next = tokens.findIndex((word, place) => place > at && !isFunctionWord(word));
		const target = stems[next];
		if (target !== undefined) found.set(token, (found.get(token) ?? new Set()).add(target));
	}
	return found;
}

/** From A to B against from B to A: a target of one way in one question is the target of another way in the other. */
export const direction: Guard = {
	name: "direction",
	agrees(a, b) {
		const [mine, theirs] = [readTargets(a), readTargets(b)];
		for (const [way, targets] of mine)
			for (const target of targets) {
				const here = theirs.get(way);
				if (here === undefined || here.has(target)) continue;
				const isElsewhere = [...theirs].some(([other, found]) => other !== way && found.has(target));
				if (isElsewhere || [...here].every((each) => a.stems.includes(each))) return false;
			}
		return true;
	},
};
