import type { Question } from "../read/question.ts";
import { type Guard, isSameList, toWords } from "./guard.ts";

/** Where one of these stands, the words around it may not change places. */
const ordered = new Set(
	toWords(
		"than from into onto over against by before after beat beats defeat convert minus divided subtract cause causes lead leads",
	),
);
/** Both sides of these may: the difference between A and B, A vs B, A or B. */
const symmetric = new Set(
	toWords("difference differences similarities vs versus between and or compare common similar relationship"),
);

/** Words that both questions have stand in the same order, or in one that says the same. */
export const order: Guard = {
	name: "order",
	agrees(a, b) {
		const [mine, theirs] = [readShared(a, b), readShared(b, a)];
		if (isSameList(mine, theirs)) return true;
		const has = (words: ReadonlySet<string>) => [...a.tokens, ...b.tokens].some((token) => words.has(token));
		return !has(ordered) && (has(symmetric) || isMoved(mine, theirs));
	},
};

/** The words of meaning that the other has too, each once. */
const readShared = (one: Question, other: Question): string[] => {
	const theirs = new Set(other.content);
	return [...new Set(one.content)].filter((stem) => theirs.has(stem));
};

/** Whether one list is the other with its ends exchanged: "in India, what is X" and "what is X in India". */
function isMoved(one: readonly string[], other: readonly string[]): boolean {
	for (let at = 1; at < one.length; at++)
		if (one.length > 2 && isSameList([...one.slice(at), ...one.slice(0, at)], other)) return true;
	return false;
}
