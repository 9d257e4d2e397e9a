import { describe, expect, it } from "vitest";
import { parseAnswer, toChunks } from "./parse-answer";
import { toOutline } from "./testing/outline";

const outline = (text: string) => toOutline(parseAnswer({ text, isGrowing: false, switches: [] }));
const line = (text: string) => outline(text).join("\n");

describe("emphasis", () => {
	it.each([
		["**提示：**先保存。", "<p><strong>提示：</strong>先保存。</p>"],
		["请看**《手册》**第二章。", "<p>请看<strong>《手册》</strong>第二章。</p>"],
		["**“첫 번째 규칙”**은 간단합니다.", "<p><strong>“첫 번째 규칙”</strong>은 간단합니다.</p>"],
		["**注意（必読）。**次に進みます。", "<p><strong>注意（必読）。</strong>次に進みます。</p>"],
		["これは*強調*です。", "<p>これは<em>強調</em>です。</p>"],
		["~~旧价格：~~已取消。", "<p><del>旧价格：</del>已取消。</p>"],
		["**a*b***", "<p><strong>a<em>b</em></strong></p>"],
		["***both***", "<p><em><strong>both</strong></em></p>"],
		["*a **b** c*", "<p><em>a <strong>b</strong> c</em></p>"],
		["**open and * never closed**", "<p><strong>open and * never closed</strong></p>"],
		["a * b * c, file_name_x, 2 * 3", "<p>a * b * c, file_name_x, 2 * 3</p>"],
		["**bold ~~struck** through~~", "<p><strong>bold ~~struck</strong> through~~</p>"],
		["about ~5 to ~10, H~2~O", "<p>about ~5 to ~10, H~2~O</p>"],
		["*foo**bar*", "<p><em>foo**bar</em></p>"],
		["**foo*", "<p>*<em>foo</em></p>"],
		["_a_ and snake_case_b", "<p><em>a</em> and snake_case_b</p>"],
		["[**x** y](https://a.org)", "<p><a https://a.org><strong>x</strong> y</a></p>"],
	])("%j", (text, shown) => expect(line(text)).toBe(shown));
});

describe("addresses", () => {
	const link = (href: string, words = href) => `<a ${href}>${words}</a>`;
	it.each([
		["见https://a.example/x（说明）。", `<p>见${link("https://a.example/x")}（说明）。</p>`],
		[
			"见 https://a.example/x，**重要**。",
			`<p>见 ${link("https://a.example/x")}，<strong>重要</strong>。</p>`,
		],
		["「https://a.example」です", `<p>「${link("https://a.example")}」です</p>`],
		["“https://a.example/b”", `<p>“${link("https://a.example/b")}”</p>`],
		["(see https://a.example/b_(c))", `<p>(see ${link("https://a.example/b_(c)")})</p>`],
		["https://a.example/b, and more.", `<p>${link("https://a.example/b")}, and more.</p>`],
		["go to www.a.example.", `<p>go to ${link("https://www.a.example", "www.a.example")}.</p>`],
		["write to x.y@a.example!", `<p>write to ${link("mailto:x.y@a.example", "x.y@a.example")}!</p>`],
		["[https://a.example](https://b.example)", `<p>${link("https://b.example", "https://a.example")}</p>`],
		["`https://a.example`", "<p><c>https://a.example</c></p>"],
		["https:// and http://", "<p>https:// and http://</p>"],
		["<https://a.example>", `<p>${link("https://a.example")}</p>`],
	])("%j", (text, shown) => expect(line(text)).toBe(shown));

	it("of links by reference are found wherever their definition stands", () => {
		expect(outline("See [the guide][g].\n\n> [g]: https://a.example/g\n")[0]).toBe(
			"<p>See <a https://a.example/g>the guide</a>.</p>",
		);
	});
});

describe("HTML", () => {
	it.each([
		["CO<sub>2</sub> and x<sup>3</sup>", "<p>CO<sub>2</sub> and x<sup>3</sup></p>"],
		["<kbd>Alt</kbd>+<kbd>F4</kbd>", "<p><kbd>Alt</kbd>+<kbd>F4</kbd></p>"],
		["a <!-- note --> b", "<p>a  b</p>"],
		["The <b> tag is old.", "<p>The <b> tag is old.</p>"],
		["Map<K, V> and <T extends X>", "<p>Map<K, V> and <T extends X></p>"],
		["one<br>two", "<p>one<br>two</p>"],
		["the <br> tag", "<p>the <br> tag</p>".replace("<br>", "<br>")],
		["<script>alert(1)</script>", "<plain><script>alert(1)</script></plain>"],
		[
			'x <img src="https://a.example/p.png" onerror="a()"> y',
			'<p>x <img src="https://a.example/p.png" onerror="a()"> y</p>',
		],
		[
			"<u>a <sub>b</u> c</sub>",
			"<p><u>a <sub>b</u> c</sub></p>".replace("<u>a <sub>b</u>", "<u>a <sub>b</u>"),
		],
	])("%j", (text, shown) => expect(line(text)).toBe(shown));

	it("breaks the line of a cell", () => {
		expect(line("| a | b |\n|---|---|\n| 1<br>2 | 3 <br/> 4 |")).toBe("<table>a|b//1<br>2|3 <br> 4</table>");
	});

	it("folds what an answer hides until it is wanted, and shows a fold that is not closed as it was written", () => {
		const fold = "<details>\n<summary>Why?</summary>\n\nBecause **so**.\n\n</details>\n\nEnd";
		expect(outline(fold)).toEqual([
			"<details>Why?:<p>Because <strong>so</strong>.</p></details>",
			"<p>End</p>",
		]);
		expect(outline("<details>\n<summary>Why?</summary>\n\nBecause.")[0]).toContain("<plain>");
	});
});

describe("direction", () => {
	it("follows the first letter of each block, and code does not count", () => {
		expect(
			outline(
				"שלום עולם 10:30.\n\n- אחת.\n- two\n\n`run()` مرحبا\n\nEnglish.\n\n| א | ב |\n|---|---|\n| 1 | x |",
			),
		).toEqual([
			"<p rtl>שלום עולם 10:30.</p>",
			"<ul rtl><li><p>אחת.</p></li><li ltr><p>two</p></li></ul>",
			"<p rtl><c>run()</c> مرحبا</p>",
			"<p>English.</p>",
			"<table rtl>א|ב//1|(ltr)x</table>",
		]);
	});
});

describe("notes, headings and tasks", () => {
	it("numbers notes in the order of their marks, and leaves out what nothing marks", () => {
		const text = "A.[^b] B.[^a] C.[^b]\n\n[^a]: First *source*.\n[^b]: Second.\n[^c]: Unused.\n";
		expect(outline(text)).toEqual([
			"<p>A.<note 1> B.<note 2> C.<note 1></p>",
			"<notes>1:<p>Second.</p>2:<p>First <em>source</em>.</p></notes>",
		]);
	});

	it("names headings as GitHub does, the second of a name with a number", () => {
		const blocks = parseAnswer({
			text: "# C++ & Ünicode!\n\n## Set-up\n\n## Set-up",
			isGrowing: false,
			switches: [],
		});
		expect(blocks.map(({ block }) => (block.type === "heading" ? block.slug : ""))).toEqual([
			"c--ünicode",
			"set-up",
			"set-up-1",
		]);
	});

	it("has boxes in lists of both kinds", () => {
		expect(line("- [x] a\n- [ ] b\n\n1. [x] c")).toBe(
			"<ul><li>[x]<p>a</p></li><li>[ ]<p>b</p></li></ul>\n<ol1><li>[x]<p>c</p></li></ol1>",
		);
	});
});

describe("bounds", () => {
	it("shows deep quotes as they were written instead of nesting them", () => {
		const [first] = outline(`${"> ".repeat(2_000)}deep`);
		expect(first).toContain("deep");
		expect(first?.match(/<quote>/g)?.length).toBeLessThan(45);
	});

	it("draws a long list in parts that count on", () => {
		const text = Array.from({ length: 150 }, (_, index) => `${index + 1}. item`).join("\n");
		const starts = parseAnswer({ text, isGrowing: false, switches: [] }).map(({ block }) =>
			block.type === "list" ? block.start : null,
		);
		expect(starts).toEqual([1, 61, 121]);
	});

	it("shows a paragraph of too many marks as it was written, and the next one as ever", () => {
		const [first, second] = outline(`${"**a** ".repeat(3_000)}\n\nThen **this**.`);
		expect(first?.startsWith("<plain>**a** **a**")).toBe(true);
		expect(second).toBe("<p>Then <strong>this</strong>.</p>");
	});

	it("cuts a text into parts at empty lines, and never inside of a fence", () => {
		const text = "one\n\n```js\na\n\nb\n```\n\ntwo";
		expect(toChunks(text).map(({ start, end }) => text.slice(start, end))).toEqual([
			"one\n\n",
			"```js\na\n\nb\n```\n\n",
			"two",
		]);
	});
});

describe("switches of models", () => {
	const shown = (text: string, ...at: number[]) =>
		toOutline(
			parseAnswer({ text, isGrowing: false, switches: at.map((place, index) => ({ index, at: place })) }),
		).join("\n");

	it("stand between two words, before a block, or at a line of code", () => {
		expect(shown("alpha beta gamma", 6)).toBe("<p>alpha<switch 0>beta gamma</p>");
		expect(shown("alpha beta gamma", 8)).toBe("<p>alpha beta<switch 0>gamma</p>");
		expect(shown("one\n\ntwo", 5)).toBe("<p>one</p>\n<switch 0>\n<p>two</p>");
		expect(shown("这是中文内容", 3)).toBe("<p>这是中<switch 0>文内容</p>");
	});

	it("never stand inside of code, a formula or a link", () => {
		expect(shown("say `a b c` now then", 6)).toBe("<p>say <c>a b c</c><switch 0>now then</p>");
		expect(shown("let \\(a b\\) be so", 7)).toBe("<p>let <m>a b</><switch 0>be so</p>");
		expect(shown("see [a long name](https://a.example) here", 9)).toBe(
			"<p>see <a https://a.example>a long name</a><switch 0>here</p>",
		);
	});

	it("name the line of a block of code", () => {
		const text = "```js\nfirst();\nsecond();\nthird();\n```";
		const [top] = parseAnswer({
			text,
			isGrowing: false,
			switches: [{ index: 0, at: text.indexOf("second") }],
		});
		expect(top?.block).toMatchObject({ type: "code", switches: [{ index: 0, line: 2 }] });
	});

	it("come after a block that has no place for them", () => {
		expect(shown("supercalifragilistic", 5)).toBe("<p>supercalifragilistic</p>\n<switch 0>");
	});
});
