import type { Question } from "../read/question.ts";
import type { Guard } from "./guard.ts";

const yesNo = new Set(
	"is are am was were do does did can could will would should shall may might must has have had".split(" "),
);
const wh = new Set(["what", "which", "who", "whom", "whose", "where", "when", "why", "how"]);
/** What is asked by "how" and a word after it. */
const measures = new Set(
	"many much long old far often big tall high deep fast large soon hot cold heavy wide late early".split(" "),
);

/** What each question word of a text asks for. Ways and things are one kind: "how do I" asks what "what is the way to" asks. */
export function readTypes({ tokens }: Question): ReadonlySet<string> {
	const found = new Set<string>();
	for (const [at, token] of tokens.entries()) {
		if (!wh.has(token)) continue;
		const next = tokens[at + 1] ?? "";
		if (token === "how" && measures.has(next)) found.add(`how ${next}`);
		else if (token === "how" && next === "come") found.add("why");
		else if (token === "what" && next === "time") found.add("when");
		else if (["what", "which", "how"].includes(token)) found.add("what");
		else found.add(token);
	}
	const what = tokens.indexOf("what");
	if (what >= 0 && tokens.slice(what).some((token) => token === "reason" || token === "reasons")) {
		found.delete("what");
		found.add("why");
	}
	if (found.size === 0) found.add(yesNo.has(tokens[0] ?? "") ? "whether" : "statement");
	return found;
}

/** Both ask for the same kinds of answers; a text without a question word may ask what a question asks. */
export const questionType: Guard = {
	name: "question type",
	agrees(a, b) {
		const [mine, theirs] = [readTypes(a), readTypes(b)];
		if (mine.has("statement") || theirs.has("statement"))
			return [...mine, ...theirs].every((type) => ["statement", "what", "whether"].includes(type));
		return mine.size === theirs.size && [...mine].every((type) => theirs.has(type));
	},
};
