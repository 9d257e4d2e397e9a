import { expect, it } from "vitest";
import { findMissed } from "./goal.ts";

const row = { warm: 0.5, full: 3, fresh: 2, auto: 2, found: 95, foundFresh: 100 };

it.each([
	["as cheap as the cheaper of the two, with the evidence", {}, []],
	["dearer than choosing again", { auto: 2.01 }, ["cost"]],
	["dearer than all of it, kept", { full: 1.9 }, ["cost"]],
	["cheaper, but without the evidence", { auto: 1, found: 94 }, ["evidence"]],
	["neither", { auto: 9, found: 0 }, ["cost", "evidence"]],
	["within a twentieth of all of it, always kept", { warm: 1, auto: 3.15 }, []],
	["beyond that", { warm: 1, auto: 3.16 }, ["cost"]],
	["a thread without questions", { found: 0, foundFresh: 0 }, []],
])("a replay that is %s misses what it misses", (_, other, missed) => {
	expect(findMissed({ ...row, ...other })).toEqual(missed);
});
