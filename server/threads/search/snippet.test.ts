import { describe, expect, it } from "vitest";
import { toPlainLine } from "./plain-line.ts";
import { createSnippets } from "./snippet.ts";
import { toQueryTerms } from "./terms.ts";

const toSnippet = (typed: string, text: string) => createSnippets(toQueryTerms(typed, 32))(text);
const marked = async (typed: string, text: string) =>
	(await toSnippet(typed, text)).map((run) => (run.isMatch ? `[${run.text}]` : run.text)).join("");

describe("a snippet", () => {
	it.each([
		["words", "zepp constan", "The zeppelin over Lake Constance", "The [zeppelin] over Lake [Constance]"],
		["a joined word as one", "index.html", "open index.html now", "open [index.html] now"],
		["the characters that were typed", "検索", "全文検索の仕組み", "全文[検索]の仕組み"],
		["one character", "猫", "黒い猫と犬", "黒い[猫]と犬"],
		["accents", "cafe", "the café there", "the [café] there"],
		["accents that were combined apart", "cafe", "the cafe\u0301 there", "the [café] there"],
	])("marks %s", async (_, typed, text, expected) => expect(await marked(typed, text)).toBe(expected));

	it("shows the passage that has most of the words, with dots where something is left out", async () => {
		const text = `alpha ${"filler ".repeat(100)}alpha beta gamma ${"filler ".repeat(100)}beta`;
		const snippet = await marked("alpha beta gamma", text);
		expect(snippet).toMatch(/^… (filler )+\[alpha\] \[beta\] \[gamma\] (filler )+.*…$/);
		expect(snippet.length).toBeLessThan(260);
	});

	it("has no signs of Markdown, also around a match", async () => {
		const text =
			"# Title\n\n- **Use `index.html`** as [the page](https://example.com/a)\n\n| a | b |\n|---|---|\n| 1 | 2 |";
		expect(await marked("index.html", text)).toBe("Title Use [index.html] as the page a b 1 2");
	});

	it("shows the text as it is where the match stands in what Markdown hides", async () => {
		expect(await marked("example.com", "see [the page](https://example.com/a)")).toBe(
			"see [the page](https://[example.com]/a)",
		);
	});

	it("shows the beginning of a text whose match is not looked for any more", async () => {
		const toNext = createSnippets(toQueryTerms("needle", 32));
		const long = `${"hay ".repeat(140_000)}needle`;
		expect((await toNext(long)).some(({ isMatch }) => isMatch)).toBe(false);
		expect((await toNext("a needle")).map(({ text }) => text).join("")).toBe("a needle");
	});
});

describe("a line without Markdown", () => {
	it.each([
		["strong *and* __both__ ~~gone~~", "strong and both gone"],
		["這是**重要**的", "這是重要的"],
		["**cut off", "cut off"],
		["> quoted\n> twice", "quoted twice"],
		["1. first\n2. second", "1. first 2. second"],
		["- [x] done", "done"],
		["```ts\nconst a_b = x ** y;\n```", "const a_b = x ** y;"],
		["`__init__` and snake_case and 2*3*4", "__init__ and snake_case and 2*3*4"],
		["a <b>bold</b> move, 1 < 2 > 0", "a bold move, 1 < 2 > 0"],
		["\\(x^2\\) and 5 \\* 3", "x^2 and 5 * 3"],
		["one\n\n---\n\ntwo", "one two"],
	])("of %j is %j", (text, expected) => expect(toPlainLine(text)).toBe(expected));
});
