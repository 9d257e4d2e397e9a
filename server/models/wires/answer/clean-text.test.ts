import { expect, it } from "vitest";
import { toCleanName } from "./clean-text.ts";

it.each([
	["sim-small", "sim-small"],
	["  a\u0000b\u202e\ud800 ", "ab"],
	["x".repeat(1_000_000), "x".repeat(200)],
	[`${"x".repeat(199)}😀`, `${"x".repeat(199)}\uFFFD`],
	["", null],
	["\u0000", null],
	[{ toString: "no" }, null],
	[7, null],
	[undefined, null],
])("of a name from outside only what can be stored is kept", (reported, kept) => {
	expect(toCleanName(reported)).toBe(kept);
});
