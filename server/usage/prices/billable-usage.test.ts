import { describe, expect, it } from "vitest";
import { type PricedUsage, toBillableUsage } from "./billable-usage.ts";

const nothing: PricedUsage = {
	inputTokens: 0,
	cachedInputTokens: 0,
	cacheWriteTokens: 0,
	cacheWrite1hTokens: 0,
	outputTokens: 0,
	reasoningTokens: 0,
};

describe("toBillableUsage", () => {
	it.each([
		{ inputTokens: -1 },
		{ inputTokens: 1.5 },
		{ inputTokens: Number.NaN },
		{ inputTokens: 1e9 },
		{ inputTokens: 10, cacheWriteTokens: -1 },
		{ inputTokens: 10, cacheWrite1hTokens: 0.5 },
		{ outputTokens: 10, reasoningTokens: -3 },
	])("does not bill by %j", (given) => expect(toBillableUsage({ ...nothing, ...given })).toBeNull());

	it("takes an explicit 0 as it is", () => {
		expect(toBillableUsage(nothing)).toEqual(nothing);
		expect(toBillableUsage(null)).toBeNull();
	});

	it.each([
		["parts that fit", { cachedInputTokens: 30, cacheWriteTokens: 40, cacheWrite1hTokens: 30 }, [30, 40, 30]],
		["more read than came in", { cachedInputTokens: 101 }, [100, 0, 0]],
		["more written than came in", { cacheWriteTokens: 101 }, [0, 100, 0]],
		["more written for an hour than came in", { cacheWrite1hTokens: 250 }, [0, 0, 100]],
		["reads and writes that overlap", { cachedInputTokens: 80, cacheWriteTokens: 50 }, [80, 20, 0]],
		["both writes that overlap", { cacheWriteTokens: 80, cacheWrite1hTokens: 50 }, [0, 50, 50]],
		[
			"all that overlap",
			{ cachedInputTokens: 90, cacheWriteTokens: 70, cacheWrite1hTokens: 60 },
			[90, 0, 10],
		],
	])("makes %s coherent: what is read from a cache is cut last", (_, parts, expected) => {
		const billed = toBillableUsage({ ...nothing, inputTokens: 100, ...parts });
		expect([billed?.cachedInputTokens, billed?.cacheWriteTokens, billed?.cacheWrite1hTokens]).toEqual(
			expected,
		);
		expect(billed?.inputTokens).toBe(100);
	});

	it("cuts reasoning to the output", () => {
		expect(toBillableUsage({ ...nothing, outputTokens: 5, reasoningTokens: 9 })).toEqual({
			...nothing,
			outputTokens: 5,
			reasoningTokens: 5,
		});
	});
});
