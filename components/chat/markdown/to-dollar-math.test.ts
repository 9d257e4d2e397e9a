import { describe, expect, it } from "vitest";
import { hasMath, toDollarMath } from "./to-dollar-math";

describe("formulas in answers", () => {
	it.each([
		[
			"single dollars around a formula",
			"price $p$ and $x_1 = 2$, $10^6$",
			"price $$p$$ and $$x_1 = 2$$, $$10^6$$",
		],
		["inline brackets", "So \\(x^2\\) grows", "So $$x^2$$ grows"],
		["a block on its own line", "Thus\n\\[ a + b \\]\nend", "Thus\n$$\na + b\n$$\n\nend"],
		["a block over several lines", "\\[\na\\\\\nb\n\\]", "$$\na\\\\\nb\n$$\n"],
		["a block in a list item", "- \\[ a \\]", "- $$\n  a\n  $$\n"],
		["a block in a quote", "> \\[ a \\]", "> $$\n> a\n> $$\n"],
		["display brackets in the middle of a line", "where \\[a\\] holds", "where $$a$$ holds"],
	])("writes %s with dollars", (_, text, expected) => {
		expect(toDollarMath(text)).toBe(expected);
	});

	it.each([
		["code spans", "use `\\(x\\)` here"],
		["fenced code", "```tex\n\\[x\\]\n```\n"],
		["a fence that is still open", "```tex\n\\(x\\)\n"],
		["an opening without its end", "a \\(x"],
		["prices", "from $5 to $10"],
		["a range of prices", "$5-$10, or 5$ and 6$"],
		["prices in brackets", "($5) and ($10)"],
		["sums with words between", "pay $20 (not 30$) now"],
		["names of variables", "$HOME/$USER and $PATH"],
		["formulas in dollars already", "$$x$$ and\n$$\ny\n$$"],
		["an ordinary escape", "\\* and \\_"],
	])("leaves %s alone", (_, text) => {
		expect(toDollarMath(text)).toBe(text);
	});

	it("takes prices for text", () => {
		expect(hasMath("It costs $5 to $10.")).toBe(false);
		expect(hasMath("$$x$$")).toBe(true);
		expect(hasMath("price $p$")).toBe(true);
	});
});
