import { expect, it } from "vitest";
import { isAcceptable, type Outcome, toText } from "./score.ts";
import { applyFault } from "./source-fault.ts";

const place = {
	what: "a limit is one too high",
	file: "limit.ts",
	search: "count < max",
	replace: "count <= max",
};
const outcomes = (counts: Partial<Record<Outcome["result"], number>>): Outcome[] =>
	(["found", "survived", "invalid"] as const).flatMap((result) =>
		Array.from({ length: counts[result] ?? 0 }, () => ({ fault: place, by: "tests", result, words: "why" })),
	);

it("nine of ten faults found are enough, eight are not, and no fault at all proves nothing", () => {
	expect(isAcceptable(outcomes({ found: 9, survived: 1 }))).toBe(true);
	expect(isAcceptable(outcomes({ found: 8, survived: 2 }))).toBe(false);
	expect(isAcceptable([])).toBe(false);
});

it("a fault that could not be tried is red, however many others were found", () => {
	expect(isAcceptable(outcomes({ found: 99, invalid: 1 }))).toBe(false);
});

it("the last line counts, and each fault that was not found has a line with the tests that missed it", () => {
	expect(toText(outcomes({ found: 1, survived: 1 })).split("\n")).toEqual([
		"✗ survived: a limit is one too high (limit.ts), by tests: why",
		"1 of 2 faults found",
		"1 passed, 1 failed",
	]);
});

it("a fault is put in at its one place, and nowhere else", () => {
	expect(applyFault("if (count < max) go();", place)).toBe("if (count <= max) go();");
	expect(() => applyFault("count < max && count < max", place)).toThrow("2 times");
	expect(() => applyFault("nothing", place)).toThrow("0 times");
});
