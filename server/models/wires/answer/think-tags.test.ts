import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ThinkTags } from "./think-tags.ts";

function read(pieces: readonly string[], { beginsWithReasoning = false, isCut = false } = {}) {
	const said = { text: "", reasoning: "" };
	const tags = new ThinkTags((kind, text) => {
		said[kind] += text;
	}, beginsWithReasoning);
	for (const piece of pieces) tags.push(piece);
	tags.end(isCut);
	return { ...said, hasLoneClosingTag: tags.hasLoneClosingTag, hasNoClosingTag: tags.hasNoClosingTag };
}

describe("a text with thoughts in it", () => {
	it.each<[what: string, text: string, reasoning: string, rest: string]>([
		["begins with a thought", "<think>Let me see.</think>\n\nSeven.", "Let me see.", "Seven."],
		["has spaces around the signs", " \n<think>\nLet me see.\n</think>\n\nSeven.", "Let me see.", "Seven."],
		["thinks by another sign", "<thinking>So.</thinking>Seven.", "So.", "Seven."],
		["thinks in brackets", "[THINK]So.[/THINK]Seven.", "So.", "Seven."],
		["thinks in triangles", "◁think▷So.◁/think▷Seven.", "So.", "Seven."],
		[
			"speaks of another sign in its thought",
			"<think>no </thought> here</think>Yes.",
			"no </thought> here",
			"Yes.",
		],
		["was cut in its thought", "<think>Let me", "Let me", ""],
		["was cut in its closing sign", "<think>Let me</thi", "Let me</thi", ""],
		["did not think", "<think></think>Seven.", "", "Seven."],
		["begins with half a sign", "<thi", "", "<thi"],
		["begins with another tag", "<table><tr>", "", "<table><tr>"],
		["speaks of the signs", "Write <think> and </think>.\n", "", "Write <think> and </think>.\n"],
		["speaks of a closing sign", "The tag </think> ends it.", "", "The tag </think> ends it."],
		["thinks twice", "<think>a</think>b<think>c</think>", "a", "b<think>c</think>"],
		["is empty", "", "", ""],
		["is spaces", " \n ", "", " \n "],
	])("that %s", (_, text, reasoning, rest) => {
		const whole = read([text]);
		expect(whole).toMatchObject({ reasoning, text: rest, hasLoneClosingTag: false });
		expect(read([...text])).toEqual(whole);
	});

	it("shows a thought whose beginning is not sent as text, without the sign, and says so", () => {
		const pieces = ["Let me", " see.</th", "ink>", "\n\nSeven."];
		expect(read(pieces)).toMatchObject({
			reasoning: "",
			text: "Let me see.\n\nSeven.",
			hasLoneClosingTag: true,
		});
		expect(read(["Let me see.\n</think>"])).toMatchObject({ text: "Let me see.\n", hasLoneClosingTag: true });
	});

	it("shows it as a thought where that was seen before", () => {
		const expected = { beginsWithReasoning: true };
		const thought = read(["Let me", " see.</th", "ink>", "\n\nSeven."], expected);
		expect(thought).toMatchObject({ reasoning: "Let me see.", text: "Seven.", hasNoClosingTag: false });
		expect(read(["<think>So.</think>Seven."], expected)).toMatchObject({ reasoning: "So.", text: "Seven." });
		expect(read(["Seven", "."], expected)).toMatchObject({ text: "Seven.", hasNoClosingTag: true });
		expect(read(["Let me"], { ...expected, isCut: true })).toMatchObject({ text: "", reasoning: "Let me" });
	});

	it("is read alike wherever it is cut, and nothing but signs and the spaces beside them is lost", () => {
		const unit = fc.constantFrom("<think>", "</think>", "<", "/", "a", " ", "\n", "[THINK]", "◁", "th");
		fc.assert(
			fc.property(fc.array(unit, { maxLength: 14 }), fc.array(fc.nat(60)), (units, cuts) => {
				const text = units.join("");
				const whole = read([text]);
				const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
				expect(read(places.slice(1).map((end, index) => text.slice(places[index], end)))).toEqual(whole);
				const letters = (value: string) => value.replace(/<\/?think>|\[THINK\]|\s/g, "");
				expect(letters(whole.reasoning + whole.text)).toBe(letters(text));
			}),
		);
	});
});
