import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noTokens } from "../answers/answer-plan.ts";
import { defaultPrices, priceTable, priceTokens } from "./invoice.ts";

const tokens = (promptTokens: number, cachedTokens: number, completionTokens: number) => ({
	...noTokens,
	promptTokens,
	cachedTokens,
	completionTokens,
});

describe("priceTokens", () => {
	const price = { inputUsdPerMTok: "0.15", cachedInputUsdPerMTok: "0.075", outputUsdPerMTok: "0.60" };

	it.each([
		[tokens(0, 0, 0), 0n],
		[tokens(1, 0, 0), 150n],
		[tokens(1000, 400, 10), 600n * 150n + 400n * 75n + 10n * 600n],
		[tokens(10_000_000, 0, 10_000_000), 7_500_000_000n],
	])("%o costs %d nano-dollars", (usage, cost) => {
		expect(priceTokens(usage, price)).toBe(cost);
	});

	it("bills cached tokens as fresh ones when there is no price for them", () => {
		expect(priceTokens(tokens(10, 10, 0), { inputUsdPerMTok: "1", outputUsdPerMTok: "2" })).toBe(10_000n);
	});

	it("prices what is written to a cache by how long it is kept", () => {
		const count = { ...tokens(100, 20, 0), cacheWriteTokens: 50, cacheWrite1hTokens: 10 };
		const write = { inputUsdPerMTok: "1", outputUsdPerMTok: "2", cacheWriteUsdPerMTok: "1.25" };
		expect(priceTokens(count, { inputUsdPerMTok: "1", outputUsdPerMTok: "2" })).toBe(100_000n);
		expect(priceTokens(count, write)).toBe(50_000n + 50n * 1_250n);
		expect(priceTokens(count, { ...write, cacheWrite1hUsdPerMTok: "2" })).toBe(
			50_000n + 40n * 1_250n + 10n * 2_000n,
		);
	});

	it("rounds once, half up, over the sum of all classes", () => {
		const fine = { inputUsdPerMTok: "0.0005", outputUsdPerMTok: "0.0005" };
		expect(priceTokens(tokens(1, 0, 0), fine)).toBe(1n);
		expect(priceTokens(tokens(1, 0, 1), fine)).toBe(1n);
		expect(priceTokens(tokens(1, 0, 2), fine)).toBe(2n);
	});

	it("prices reasoning apart, and a long prompt by the row for long ones, as a whole", () => {
		const usual = { inputUsdPerMTok: "1", outputUsdPerMTok: "2", reasoningUsdPerMTok: "3" };
		const price = { ...usual, longContext: { ...usual, inputUsdPerMTok: "10", aboveInputTokens: 100 } };
		const count = { ...tokens(100, 40, 10), reasoningTokens: 4 };
		expect(priceTokens(count, price)).toBe(100_000n + 6n * 2_000n + 4n * 3_000n);
		expect(priceTokens({ ...count, promptTokens: 101 }, price)).toBe(1_010_000n + 24_000n);
	});

	it("is exact where floating point is not", () => {
		fc.assert(
			fc.property(fc.nat(10_000_000), fc.nat(99_999), (count, thousandths) => {
				const usd = `${Math.floor(thousandths / 1000)}.${String(thousandths % 1000).padStart(3, "0")}`;
				const cost = priceTokens(tokens(count, 0, 0), { inputUsdPerMTok: usd, outputUsdPerMTok: "0" });
				expect(cost).toBe(BigInt(count) * BigInt(thousandths));
			}),
		);
	});

	it.each(["-1", "1e-3", "NaN", "", "0.1234567890123"])("refuses the price %s", (usd) => {
		expect(priceTable.safeParse({ m: { inputUsdPerMTok: usd, outputUsdPerMTok: "1" } }).success).toBe(false);
		expect(priceTable.safeParse(defaultPrices).success).toBe(true);
	});
});
