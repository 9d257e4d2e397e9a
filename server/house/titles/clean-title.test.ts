import { describe, expect, it } from "vitest";
import { toCleanTitle } from "./clean-title.ts";
import { titleInstruction } from "./prompt.ts";

describe("toCleanTitle", () => {
	it.each([
		["Repairing a bicycle chain", "Repairing a bicycle chain"],
		['"Repairing a bicycle chain."', "Repairing a bicycle chain"],
		["„Fahrradkette reparieren“", "Fahrradkette reparieren"],
		["«Réparer une chaîne»", "Réparer une chaîne"],
		["「自転車の修理」", "自転車の修理"],
		["**Title:** Sorting in Rust", "Sorting in Rust"],
		["Titel: Sortieren in Rust", "Sortieren in Rust"],
		["# Sorting in Rust", "Sorting in Rust"],
		["- `sort_by` in Rust", "sort_by in Rust"],
		["<think>The person asks about bread.</think>\n\nSourdough for beginners", "Sourdough for beginners"],
		["Here is a title:\n\nSourdough for beginners\n\nI hope you like it!", "Sourdough for beginners"],
		["```\nSourdough for beginners\n```", "Sourdough for beginners"],
		["Ein\u202etitel\u0007  mit\tLücken", "Eintitel mit Lücken"],
		["Waiting…", "Waiting…"],
		["5 * 3 * 2 explained", "5 * 3 * 2 explained"],
		["What is a monad?", "What is a monad?"],
	])("%j is %j", (answer, title) => {
		expect(toCleanTitle(answer)).toBe(title);
	});

	it.each([
		["nothing", ""],
		["white space", " \n\t "],
		["signs alone", "..."],
		["a thought without an end", "<think>First I have to consider"],
		["a refusal", "I'm sorry, but I can't help with that."],
		["a refusal with a curly apostrophe", "I’m sorry, no."],
		["a refusal in German", "Ich kann dabei leider nicht helfen"],
		["more than 60 characters", "A title that goes on for very much longer than any list could ever show it"],
		["the instruction", titleInstruction],
		["a part of the instruction", "One title alone"],
	])("%s is none", (_, answer) => {
		expect(toCleanTitle(answer)).toBeNull();
	});
});
