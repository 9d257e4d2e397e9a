import { expect, it } from "vitest";
import { toInitial } from "./initial";

it.each([
	["ada", "A"],
	["  ada", "A"],
	["👩‍🚀 Ada", "👩‍🚀"],
	["🇨🇭 Ueli", "🇨🇭"],
	["e\u0301ric", "E\u0301"],
	["नि", "नि"],
	["ñandú", "Ñ"],
	["", ""],
])("the initial of %j is %j", (name, initial) => expect(toInitial(name)).toBe(initial));
