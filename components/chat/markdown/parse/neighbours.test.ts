import { describe, expect, it } from "vitest";
import { parseAnswer } from "./parse-answer";
import { toOutline } from "./testing/outline";

const outline = (text: string) => toOutline(parseAnswer({ text, isGrowing: false, switches: [] })).join("\n");

describe("dollars that are no formula", () => {
	it.each([
		"Rent is $1,450/mo, food $320/mo.",
		"It rose from $4k to $9k, i.e. +$5k.",
		"US$40 versus A$60 or CA$55.",
		"A $20-$30 range; $1.5M–$2M raised.",
		"echo $HOME/bin and $PATH:/usr/bin",
		"awk '{print $1, $2}' log.txt",
		"In a sheet: =$A$1+$B$2 and $C3",
		"$this->name and $user->id",
		"export A=$(pwd)/x B=$((1+2))",
		"$? is the exit code, $0 the name, $@ all",
		"s/a$/b/ and ^x$ match at the end",
		"He paid $5, she paid $7; together $12.",
	])("%s", (text) => expect(outline(text)).toBe(`<p>${text}</p>`));
});

describe("formulas among other signs", () => {
	it.each([
		["Cost is $x$ dollars; $5 more than $y$.", "<p>Cost is <m>x</> dollars; $5 more than <m>y</>.</p>"],
		["**$E=mc^2$** and $\\alpha$-helix", "<p><strong><m>E=mc^2</></strong> and <m>\\alpha</>-helix</p>"],
		["$[0, 1)$ and $(a, b]$.", "<p><m>[0, 1)</> and <m>(a, b]</>.</p>"],
		["$x$、$y$和$z$都是变量。", "<p><m>x</>、<m>y</>和<m>z</>都是变量。</p>"],
		["`\\(x\\)` is code; \\(y\\) is not", "<p><c>\\(x\\)</c> is code; <m>y</> is not</p>"],
		["> $$\n> x = 1\n> $$\n> after", "<quote><M>x = 1</><p>after</p></quote>"],
	])("%j", (text, shown) => expect(outline(text)).toBe(shown));
});

describe("bars of formulas in tables", () => {
	const cell = (written: string) =>
		outline(`| a | b |\n|---|---|\n| ${written} | 1 |`).replace("<table>a|b//", "").replace("</table>", "");
	it.each([
		["$|x|$", "<m>|x|</>|1"],
		["\\(p|q\\)", "<m>p|q</>|1"],
		["$P(A | B)$ and $\\{x | x > 0\\}$", "<m>P(A | B)</> and <m>\\{x | x > 0\\}</>|1"],
		["the norm $\\|v\\|$", "the norm <m>\\|v\\|</>|1"],
		["`$|x|$`", "<c>$|x|$</c>|1"],
	])("%s stays in its cell", (written, shown) => expect(cell(written)).toBe(shown));

	it("and prices or variables in two cells stay two", () => {
		expect(outline("| a | b |\n|---|---|\n| $5 | $6 |\n|$x|$y|\n| $a | b$ |")).toBe(
			"<table>a|b//$5|$6//$x|$y//$a|b$</table>",
		);
	});

	it("are shown as they were written outside of tables", () => {
		expect(outline("So $|a| < |b|$ | and `$|c|$`.")).toBe("<p>So <m>|a| < |b|</> | and <c>$|c|$</c>.</p>");
	});
});

describe("emphasis beside other scripts", () => {
	it.each([
		["这是**要点：**内容，*斜体。*后文", "<p>这是<strong>要点：</strong>内容，<em>斜体。</em>后文</p>"],
		["日本語の**太字（括弧）**です。", "<p>日本語の<strong>太字（括弧）</strong>です。</p>"],
		["**‘따옴표’**도 됩니다.", "<p><strong>‘따옴표’</strong>도 됩니다.</p>"],
		["请看**[链接](https://a.example)**。", "<p>请看<strong><a https://a.example>链接</a></strong>。</p>"],
		["~~**删除：**~~后", "<p><del><strong>删除：</strong></del>后</p>"],
		["***三重：***后文", "<p><em><strong>三重：</strong></em>后文</p>"],
	])("%j", (text, shown) => expect(outline(text)).toBe(shown));
});

describe("lists and notes within each other", () => {
	it("keeps levels and numbers", () => {
		expect(outline("1. one\n   - a\n     - b\n       1. deep\n2. two")).toBe(
			"<ol1><li><p>one</p><ul><li><p>a</p><ul><li><p>b</p><ol1><li><p>deep</p></li></ol1></li></ul></li></ul></li><li><p>two</p></li></ol1>",
		);
		expect(outline("1) a\n2) b\n\ntext\n\n3) c")).toBe(
			"<ol1><li><p>a</p></li><li><p>b</p></li></ol1>\n<p>text</p>\n<ol3><li><p>c</p></li></ol3>",
		);
	});

	it("keeps a note of several lines, and a mark without a note as it was written", () => {
		expect(outline("So[^a] and[^none].\n\n[^a]: First\n    second with `code` and $x$.")).toBe(
			"<p>So<note 1> and[^none].</p>\n<notes>1:<p>First\nsecond with <c>code</c> and <m>x</>.</p></notes>",
		);
	});
});
