import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOverlapTrimmer } from "./overlap-trimmer.ts";

function join(before: string, pieces: readonly string[]): string {
	const trimmer = createOverlapTrimmer(before);
	return [before, ...pieces.map((piece) => trimmer.push(piece)), trimmer.end()].join("");
}

const before = "The tower was built in 1889. It is 330 metres tall, and from its top one sees";
const pieces = (text: string) =>
	fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 }).map((sizes) => cut(text, sizes));
function cut(text: string, sizes: readonly number[]): string[] {
	const found: string[] = [];
	let rest = text;
	for (const size of sizes) {
		found.push(rest.slice(0, size));
		rest = rest.slice(size);
	}
	return [...found, rest];
}

describe("createOverlapTrimmer", () => {
	it("leaves a plain continuation alone", () => {
		expect(join(before, [" the whole", " city."])).toBe(`${before} the whole city.`);
	});

	it("cuts a repeated last sentence, however it is split", () => {
		const repeated = "It is 330 metres tall, and from its top one sees the whole city.";
		fc.assert(
			fc.property(pieces(repeated), (split) => {
				expect(join(before, split)).toBe(`${before} the whole city.`);
			}),
		);
	});

	it("cuts an answer that begins from its start again, also beyond the look-back", () => {
		const long = Array.from({ length: 800 }, (_, index) => `word${index}`).join(" ");
		expect(join(long, cut(`${long} and more`, [50, 3_000, 7]))).toBe(`${long} and more`);
	});

	it("gives everything back when a repetition turns out to be none", () => {
		expect(join(before, ["The tower was built", " long ago."])).toBe(
			`${before}The tower was built long ago.`,
		);
	});

	it("gives back what may still have become a repetition when the continuation ends there", () => {
		expect(join(before, ["The tower"])).toBe(`${before}The tower`);
		expect(join(before, ["It is 330 metres", " tall"])).toBe(`${before}It is 330 metres tall`);
	});

	it("keeps a short word that happens to be said again", () => {
		expect(join(before, [" sees", " nothing"])).toBe(`${before} sees nothing`);
		expect(join("Yes", ["Yes", "!"])).toBe("YesYes!");
	});

	it("ends a continuation that only repeated with what was there", () => {
		expect(join(before, [before])).toBe(before);
		expect(join(before, ["and from its top one sees"])).toBe(before);
	});

	it("never loses a character of text that does not overlap", () => {
		fc.assert(
			fc.property(fc.string(), fc.array(fc.string()), (text, given) => {
				const added = given.join("");
				fc.pre(!text.includes(added.slice(0, 1)) || added === "");
				expect(join(text, given)).toBe(text + added);
			}),
		);
	});
});
