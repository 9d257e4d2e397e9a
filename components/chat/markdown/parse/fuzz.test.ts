import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GrowingAnswer } from "./growing-answer";
import { parseAnswer } from "./parse-answer";
import type { Block, TopBlock } from "./tree";

/** Characters and short runs that mean something to the grammar. */
const units = [
	..."*_~`[]()<>&\\$#|-+=!.:{}\"' \n\t",
	..."a1@",
	"\u200b",
	"「",
	"ا",
	"👍",
	"**",
	"``",
	"```",
	"![",
	"](",
	"[^a]",
	"\\(",
	"\\[",
	"$$",
	"\\text{",
	"> ",
	"- ",
	"1. ",
	"http://",
	"<a ",
	"<!--",
	"<b>",
	"&amp",
	"|-|\n",
	"a\n",
	"\n\n",
	"    ",
	"*a_",
	"- > ",
	"[a](",
	"===\n",
];

/**
 * Milliseconds of one core. The slowest shape takes 300 for its 8,000 characters; work that grows with the square of the
 * text takes seconds for most of them.
 */
const cpuMsMax = 900;
const repeatedCharacters = 8_000;
const mixedCharacters = 3_000;

const fill = (part: string, characters: number) => part.repeat(Math.ceil(characters / part.length));

const shapes: readonly [name: string, build: (unit: string) => string][] = [
	["repeated", (unit) => fill(unit, repeatedCharacters)],
	["between words", (unit) => fill(`x${unit} `, mixedCharacters)],
	["a line each", (unit) => fill(`${unit}x\n`, mixedCharacters)],
	["open, then closed", (unit) => `${unit.repeat(800)}x${[...unit].reverse().join("").repeat(800)}`],
];

function measure(run: () => void): number {
	const before = process.cpuUsage().user;
	run();
	return (process.cpuUsage().user - before) / 1_000;
}

function depthOf(block: Block): number {
	if (block.type === "quote" || block.type === "details")
		return 1 + Math.max(0, ...block.children.map(depthOf));
	if (block.type !== "list") return 1;
	return 1 + Math.max(0, ...block.items.map(({ children }) => Math.max(0, ...children.map(depthOf))));
}

function expectBounded(blocks: readonly TopBlock[]): void {
	for (const { block } of blocks) expect(depthOf(block)).toBeLessThanOrEqual(50);
	expect(blocks.reduce((sum, { weight }) => sum + weight, 0)).toBeLessThanOrEqual(90_000);
}

describe.each(shapes)("text of one unit, %s", (_name, build) => {
	it.each(units)("%j is parsed in time and within bounds", { timeout: 60_000 }, (unit) => {
		let blocks: readonly TopBlock[] = [];
		const ms = measure(() => {
			blocks = parseAnswer({ text: build(unit), isGrowing: false, switches: [] });
		});
		expect(ms).toBeLessThan(cpuMsMax);
		expectBounded(blocks);
	});
});

describe("any text", () => {
	const text = fc.array(fc.constantFrom(...units), { maxLength: 300 }).map((parts) => parts.join(""));

	it("is parsed, whole and at every step of its growth", { timeout: 120_000 }, () => {
		fc.assert(
			fc.property(text, fc.integer({ min: 1, max: 40 }), (whole, step) => {
				expectBounded(
					parseAnswer({ text: whole, isGrowing: false, switches: [{ index: 0, at: whole.length >> 1 }] }),
				);
				const growing = new GrowingAnswer();
				for (let length = step; length < whole.length; length += step)
					expectBounded(growing.parse({ text: whole.slice(0, length), isGrowing: true, switches: [] }));
			}),
			{ numRuns: 60 },
		);
	});

	it("keeps its letters: none is lost between the text and the tree", { timeout: 60_000 }, () => {
		const words = fc.array(fc.constantFrom("alpha", "**", "*", "_", " ", "\n\n", "> ", "- ", "$", "(", ")"), {
			maxLength: 60,
		});
		fc.assert(
			fc.property(words, (parts) => {
				const whole = parts.join("");
				const json = JSON.stringify(
					parseAnswer({ text: whole, isGrowing: false, switches: [] }).map(({ block }) => block),
				);
				expect(json.split("alpha").length).toBe(whole.split("alpha").length);
			}),
			{ numRuns: 300 },
		);
	});
});
