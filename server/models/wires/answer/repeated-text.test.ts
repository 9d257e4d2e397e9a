import { expect, it } from "vitest";
import { RepeatedText } from "./repeated-text.ts";

const read = (pieces: readonly string[]): string => {
	const text = new RepeatedText();
	return pieces.map((piece) => text.push(piece)).join("") + text.end();
};

it.each<[what: string, pieces: string[], text: string]>([
	[
		"every event repeats the text",
		["Good", "Good day", "Good day to", "Good day to you."],
		"Good day to you.",
	],
	["it begins with one letter", ["I", "I see", "I see it", "I see it."], "I see it."],
	["the last event is the text once more", ["Good", "Good day", "Good day"], "Good day"],
	["it goes on in pieces", ["Good", "Good day", " to you."], "Good day to you."],
	["the events are pieces", ["Good", " day", " to", " you."], "Good day to you."],
	["a piece begins as the one before", ["go", "gophers", " run"], "gogophers run"],
	["a pattern grows", ["=", "==", "====", "\n"], "=======\n"],
	["blank lines grow", ["\n", "\n\n", "\n\n\n", "x"], "\n\n\n\n\n\nx"],
	["people laugh", ["haha", "hahaha", "!"], "hahahahaha!"],
	["a piece comes twice", ["Good", "Good", " day"], "GoodGood day"],
	["empty pieces are between them", ["", "Good", "", "Good day"], "Good day"],
	["it ends while it may be either", ["1", "1."], "11."],
	["it is empty", [], ""],
])("%s", (_, pieces, text) => expect(read(pieces)).toBe(text));
