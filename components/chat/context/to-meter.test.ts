import { expect, it } from "vitest";
import { toMeter } from "./to-meter";

it.each([
	[4_999, null],
	[5_000, "calm"],
	[6_999, "calm"],
	[7_000, "near"],
	[8_999, "near"],
	[9_000, "full"],
	[30_000, "full"],
])("a conversation of %d of 10,000 tokens is %s", (tokens, level) => {
	expect(toMeter(tokens, 10_000)?.level ?? null).toBe(level);
});

it("is not shown where the room is not known", () => {
	expect(toMeter(5_000, 0)).toBeNull();
	expect(toMeter(5_000, Number.NaN)).toBeNull();
});
