import { describe, expect, it } from "vitest";
import { GrowingAnswer } from "./growing-answer";
import { parseAnswer } from "./parse-answer";
import { toOutline } from "./testing/outline";

const outline = (text: string) => toOutline(parseAnswer({ text, isGrowing: false, switches: [] }));

describe("a growing answer", () => {
	const text = [
		"# Title\n\nSome **bold words** and `code` with a [link](https://a.example/x).\n\n",
		"- one\n- two **three**\n  - four\n\n",
		"```ts\nconst a = `x`;\n\nconst b = 2;\n```\n\n",
		"| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n",
		"Formula \\(a^2\\) and\n\n\\[\nb = c\n\\]\n\n> a quote\n> of two lines\n\nThe end.[^n]\n\n[^n]: A note.\n",
	].join("");

	it("is drawn at every length, and at its end it is what the whole text is, but for notes", () => {
		const growing = new GrowingAnswer();
		let last: string[] = [];
		for (let length = 1; length <= text.length; length++)
			last = toOutline(growing.parse({ text: text.slice(0, length), isGrowing: true, switches: [] }));
		const whole = outline(text);
		expect(last.slice(0, 8)).toEqual(whole.slice(0, 8));
	});

	it("leaves finished blocks alone", () => {
		const growing = new GrowingAnswer();
		const before = growing.parse({ text: text.slice(0, 150), isGrowing: true, switches: [] });
		const after = growing.parse({ text: text.slice(0, 300), isGrowing: true, switches: [] });
		expect(after[0]).toBe(before[0]);
		expect(after[1]).toBe(before[1]);
	});

	it("closes what is open at its end, and does not link half a link", () => {
		const shown = (part: string) =>
			toOutline(new GrowingAnswer().parse({ text: part, isGrowing: true, switches: [] })).join("");
		expect(shown("Some **bold wor")).toBe("<p>Some <strong>bold wor</strong></p>");
		expect(shown("See [the docs](https://a.exam")).toBe("<p>See the docs</p>");
		expect(shown("```js\nlet a")).toBe("<code:js>let a…</code:js>");
		expect(shown("So \\[ a + b")).toBe("<p>So <M…>a + b</></p>");
	});

	it("begins again when its text is another one", () => {
		const growing = new GrowingAnswer();
		growing.parse({ text: "# A\n\nfirst\n\nsecond", isGrowing: true, switches: [] });
		expect(toOutline(growing.parse({ text: "other", isGrowing: true, switches: [] }))).toEqual([
			"<p>other</p>",
		]);
	});

	const lines = (count: number, toLine: (index: number) => string) =>
		Array.from({ length: count }, (_, index) => toLine(index)).join("\n");
	const long = {
		bullets: lines(125, (index) => `- item **${index}**\n  - nested`),
		numbers: lines(125, (index) => `${index + 4}. item with \`code\` ${index}`),
		"numbers that all say one": lines(125, () => "1. item"),
		"a list that goes on from right to left": lines(125, (index) => (index < 60 ? "- item" : "- פריט")),
		"a list from right to left": lines(125, (index) => (index === 0 ? "- ראשון" : `- item ${index}`)),
		"a table": `| a | b |\n|---|:-:|\n${lines(125, (index) => `| **${index}** | \`x\` |`)}`,
		"a table without outer bars": `a | b\n--|--\n${lines(125, (index) => `row ${index} | x`)}`,
	};
	it.each(Object.entries(long))("%s: at every length what the whole text is", (_, list) => {
		const answer = `Before:\n\n${list}\n\nAfter **that**.\n\n- another\n- list`;
		const growing = new GrowingAnswer();
		for (let length = 1; length <= answer.length; length += 89) {
			const part = { text: answer.slice(0, length), isGrowing: true, switches: [] };
			const grown = growing.parse(part);
			expect(toOutline(grown)).toEqual(toOutline(new GrowingAnswer().parse(part)));
		}
		const whole = growing.parse({ text: answer, isGrowing: true, switches: [] });
		expect(toOutline(whole)).toEqual(outline(answer));
		// The end of the answer draws no block again: a block is named by where it begins.
		const ended = parseAnswer({ text: answer, isGrowing: false, switches: [] });
		expect(whole.map(({ start }) => start)).toEqual(ended.map(({ start }) => start));
	});

	it("parses only the end of a long list or table again", () => {
		for (const list of [long.bullets, long["a table"]]) {
			const growing = new GrowingAnswer();
			const parse = (length: number) =>
				growing.parse({ text: list.slice(0, length), isGrowing: true, switches: [] })[0]?.block;
			parse(list.length - 60);
			const [before, after] = [parse(list.length - 40), parse(list.length)];
			if (before?.type === "list") expect(after).toBe(before);
			else if (before?.type === "table" && after?.type === "table")
				expect(after.rows[59]).toBe(before.rows[59]);
			else expect.unreachable();
		}
	});
});
