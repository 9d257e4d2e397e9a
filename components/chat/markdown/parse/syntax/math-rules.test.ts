import { describe, expect, it } from "vitest";
import { parseAnswer } from "../parse-answer";
import { toOutline } from "../testing/outline";

const shown = (text: string) => toOutline(parseAnswer({ text, isGrowing: false, switches: [] })).join("\n");

describe("formulas, as models write them", () => {
	it.each([
		["Let $x$ be real.", "<p>Let <m>x</> be real.</p>"],
		["So $E = mc^2$, thus $\\frac{a}{b}$.", "<p>So <m>E = mc^2</>, thus <m>\\frac{a}{b}</>.</p>"],
		["the $n$th and $k$-th term", "<p>the <m>n</>th and <m>k</>-th term</p>"],
		["($2x + 3$)", "<p>(<m>2x + 3</>)</p>"],
		["where $n = 3$ and $7$ is odd", "<p>where <m>n = 3</> and <m>7</> is odd</p>"],
		["**Let $\\alpha$**: ok", "<p><strong>Let <m>\\alpha</></strong>: ok</p>"],
		["设$f(x)$为函数", "<p>设<m>f(x)</>为函数</p>"],
		["$\\text{if $y$ holds}$ done", "<p><m>\\text{if $y$ holds}</> done</p>"],
		["\\(a_1\\) and \\( b \\)", "<p><m>a_1</> and <m>b</></p>"],
		["so \\[ a = b \\] holds", "<p>so <M>a = b</> holds</p>"],
		["$$\nx = \\text{if $y$}\n$$", "<M>x = \\text{if $y$}</>"],
		["$$x^2$$", "<M>x^2</>"],
		["\\[\na\n\n+ b\n\\]", "<M>a\n\n+ b</>"],
		["Before\n\\[\nx\n- y\n\\]\nafter", "<p>Before</p>\n<M>x\n- y</>\n<p>after</p>"],
		[
			"1. Step:\n   \\[\n   a = b\n   \\]\n2. Next",
			"<ol1><li><p>Step:</p><M>a = b</></li><li><p>Next</p></li></ol1>",
		],
		["> $$\n> q\n> $$\n> end", "<quote><M>q</><p>end</p></quote>"],
		["| f |\n|---|\n| $x_1$ |\n| \\(y\\) |", "<table>f//<m>x_1</>//<m>y</></table>"],
		["\\(a +\nb\\) over lines", "<p><m>a +\nb</> over lines</p>"],
	])("%j", (text, wanted) => expect(shown(text)).toBe(wanted));
});

describe("text that only looks like a formula", () => {
	it.each([
		"It costs $5 to $10.",
		"From $3M–$5M, or $1,000–$2,000.",
		"a price between $5 and 10$ each",
		"US$5 and A$6 and 7$",
		"`$a$` in code",
		// biome-ignore lint/suspicious/noTemplateCurlyInString: a template string as models write it.
		"${first}-${last} and ${price}$ total",
		"$('#id').on('click', $.noop)",
		"$(cmd one) and $(cmd two)",
		"echo $HOME/bin:$PATH and $USER",
		"=SUM($A$1:$B$10) and $C$2",
		"^\\d+$ or ^\\w*$",
		"^$ROOT/.*$ here",
		"the $name$rest variable",
		"ranges $$ – $$$ and ($$)",
		"$total price$ of it",
		"a $ sign, and another $ sign",
	])("%j stays text", (text) => {
		expect(shown(text)).not.toMatch(/<[mM]/);
		// Every sign is still there.
		expect(shown(text).split("$").length).toBe(text.split("$").length);
	});

	it.each([
		["see \\[1\\], \\[2, 3\\] and \\[citation needed\\]", "<p>see [1], [2, 3] and [citation needed]</p>"],
		["array\\[i\\] and f\\(see below\\)", "<p>array[i] and f(see below)</p>"],
		["C:\\\\(old)\\\\", "<p>C:\\(old)\\</p>"],
		["open \\( for ever", "<p>open ( for ever</p>"],
		["Text $$ a + b", "<p>Text $$ a + b</p>"],
	])("%j", (text, wanted) => expect(shown(text)).toBe(wanted));
});
