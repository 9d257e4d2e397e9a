import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBillableUsage } from "./billable-usage.ts";
import { toCostLines, toCostNanoUsd, toCostNanoUsdMax } from "./cost.ts";
import type { Prices } from "./prices.ts";

const prices: Prices = {
	inputUsdPerMTok: "0.15",
	cachedInputUsdPerMTok: "0.075",
	cacheWriteUsdPerMTok: null,
	outputUsdPerMTok: "0.60",
	reasoningUsdPerMTok: null,
	longContext: null,
};
const usage = (inputTokens: number, outputTokens = 0, more: object = {}) => ({
	inputTokens,
	cachedInputTokens: 0,
	cacheWriteTokens: 0,
	cacheWrite1hTokens: 0,
	outputTokens,
	reasoningTokens: 0,
	...more,
});

describe("toCostNanoUsd", () => {
	it.each([
		[usage(1), 150n],
		[usage(0, 1), 600n],
		[usage(100, 50, { cachedInputTokens: 40 }), 60n * 150n + 40n * 75n + 50n * 600n],
		[usage(0, 0), 0n],
	])("prices %j", (given, cost) => expect(toCostNanoUsd(given, prices)).toBe(cost));

	it("rounds the sum once, half up", () => {
		const odd = { ...prices, inputUsdPerMTok: "0.0005", outputUsdPerMTok: "0.0005" };
		expect(toCostNanoUsd(usage(1, 1), odd)).toBe(1n);
		expect(toCostNanoUsd(usage(1, 0), odd)).toBe(1n);
		expect(toCostNanoUsd(usage(1, 0), { ...odd, inputUsdPerMTok: "0.000499999" })).toBe(0n);
	});

	it("prices a whole long call at its own row", () => {
		const long = { ...prices, inputUsdPerMTok: "0.30", aboveInputTokens: 1_000 };
		const row = { ...prices, longContext: long };
		expect(toCostNanoUsd(usage(1_000), row)).toBe(150_000n);
		expect(toCostNanoUsd(usage(1_001), row)).toBe(300_300n);
	});

	const apart = {
		...prices,
		cacheWriteUsdPerMTok: "0.1875",
		cacheWrite1hUsdPerMTok: "0.30",
		reasoningUsdPerMTok: "1",
	};
	it.each([
		["reasoning", { reasoningTokens: 4 }, 100n * 150n + 6n * 600n + 4n * 1_000n],
		["a write for 5 minutes", { cacheWriteTokens: 20 }, 80n * 150n + 3_750n + 6_000n],
		["a write for 1 hour", { cacheWrite1hTokens: 20 }, 80n * 150n + 20n * 300n + 6_000n],
		[
			"all of them at once",
			{ cachedInputTokens: 30, cacheWriteTokens: 20, cacheWrite1hTokens: 40, reasoningTokens: 10 },
			10n * 150n + 30n * 75n + 3_750n + 40n * 300n + 10n * 1_000n,
		],
	])("prices %s apart where the provider does", (_, more, cost) =>
		expect(toCostNanoUsd(usage(100, 10, more), apart)).toBe(cost),
	);

	it.each([
		["input, where no write has a price", null, null, 15_000n],
		["the other writes, where its own price is missing", "0.1875", null, 18_750n],
		["its own price", "0.1875", "0.30", 30_000n],
		["its own price, without one of other writes", null, "0.30", 30_000n],
	])("prices what is written for an hour as %s", (_, write, hour, cost) => {
		const row = { ...prices, cacheWriteUsdPerMTok: write, cacheWrite1hUsdPerMTok: hour };
		expect(toCostNanoUsd(usage(100, 0, { cacheWrite1hTokens: 100 }), row)).toBe(cost);
	});

	it("prices a row that was stored before there was a class for an hour", () => {
		const { cacheWrite1hUsdPerMTok: _, ...stored } = apart;
		expect(toCostNanoUsd(usage(100, 0, { cacheWrite1hTokens: 100 }), stored)).toBe(18_750n);
	});

	it("prices what a long call writes at the long row", () => {
		const long = { ...apart, cacheWriteUsdPerMTok: "0.375", aboveInputTokens: 1_000 };
		const row = { ...apart, longContext: long };
		expect(toCostNanoUsd(usage(1_001, 0, { cacheWriteTokens: 1_001 }), row)).toBe(375_375n);
	});
});

const tokens = fc.integer({ min: 0, max: 300_000 });
const usd = fc.integer({ min: 0, max: 99_999_999 }).map((value) => (value / 1e6).toFixed(6));
const classPrices = fc.record({
	inputUsdPerMTok: usd,
	cachedInputUsdPerMTok: fc.option(usd),
	cacheWriteUsdPerMTok: fc.option(usd),
	cacheWrite1hUsdPerMTok: fc.option(usd),
	outputUsdPerMTok: usd,
	reasoningUsdPerMTok: fc.option(usd),
});
const anyPrices: fc.Arbitrary<Prices> = fc
	.record({
		base: classPrices,
		long: fc.option(classPrices),
		aboveInputTokens: fc.integer({ min: 1, max: 300_000 }),
	})
	.map(({ base, long, aboveInputTokens }) => ({
		...base,
		longContext: long && { ...long, aboveInputTokens },
	}));
/** Also reports whose parts are larger than their totals. */
const anyReport = fc.record({
	inputTokens: tokens,
	cachedInputTokens: tokens,
	cacheWriteTokens: tokens,
	cacheWrite1hTokens: tokens,
	outputTokens: tokens,
	reasoningTokens: tokens,
});

describe("any report, once it can be billed", () => {
	it("has classes that add up to its totals, none below zero, and costs what they cost", () => {
		fc.assert(
			fc.property(anyReport, anyPrices, (report, row) => {
				const billed = toBillableUsage(report);
				if (!billed) throw new Error("whole numbers can always be billed");
				const lines = toCostLines(billed, row);
				expect(lines.every((line) => line.tokens >= 0 && line.costFemtoUsd >= 0n)).toBe(true);
				const total = lines.reduce((sum, line) => sum + line.tokens, 0);
				expect(total).toBe(report.inputTokens + report.outputTokens);
				const exact = lines.reduce((sum, line) => sum + line.costFemtoUsd, 0n);
				const rounding = toCostNanoUsd(billed, row) * 1_000_000n - exact;
				expect(rounding > -500_000n && rounding <= 500_000n).toBe(true);
			}),
		);
	});

	it("never costs more than the bound that was reserved for it, whatever its classes are", () => {
		fc.assert(
			fc.property(anyReport, anyPrices, (report, row) => {
				const billed = toBillableUsage(report);
				const { inputTokens, outputTokens } = report;
				expect(
					billed && toCostNanoUsd(billed, row) <= toCostNanoUsdMax({ inputTokens, outputTokens }, row),
				).toBe(true);
			}),
		);
	});
});
