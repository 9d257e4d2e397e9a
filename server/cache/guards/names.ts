import type { Question } from "../read/question.ts";
import { toStem } from "../read/words.ts";
import type { Guard } from "./guard.ts";

/** Names of one and the same. */
const same: Readonly<Record<string, string>> = {
	us: "usa",
	america: "usa",
	american: "usa",
	britain: "uk",
	british: "uk",
	js: "javascript",
	ts: "typescript",
	postgres: "postgresql",
	osx: "macos",
	mac: "macos",
};
/** Words and abbreviations of more than one word, as they are written in texts. */
const phrases: readonly (readonly [RegExp, string])[] = [
	[/\bunited states(?: of america)?\b/g, "usa"],
	[/\bunited kingdom\b/g, "uk"],
	[/\bartificial intelligence\b/g, "ai"],
	[/\bmachine learning\b/g, "ml"],
];

const toName = (token: string) => same[token] ?? toStem(token);

/** Every name that one question has is a word of the other. */
const hasAll = (one: Question, other: Question): boolean => {
	const joined = phrases.reduce((text, [phrase, name]) => text.replace(phrase, name), other.tokens.join(" "));
	const words = new Set([...other.tokens, ...joined.split(" ")].map(toName));
	return one.names.every((name) => words.has(toName(name)) || isPartOfPhrase(name, one, words));
};

/** "States" of the United States stands for "usa" of the other. */
const isPartOfPhrase = (name: string, { tokens }: Question, words: ReadonlySet<string>): boolean =>
	phrases.some(
		([phrase, short]) =>
			words.has(short) &&
			(tokens.join(" ").match(phrase) ?? []).some((found) => found.split(" ").includes(name)),
	);

export const names: Guard = { name: "names", agrees: (a, b) => hasAll(a, b) && hasAll(b, a) };
