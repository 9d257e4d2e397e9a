import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	findPriceMistakes,
	type Prices,
	toBillableUsage,
	toCostNanoUsd,
	toCostNanoUsdMax,
	toNanoUsdPerMTok,
} from "./price.ts";

const prices: Prices = {
	inputUsdPerMTok: "0.15",
	cachedInputUsdPerMTok: "0.075",
	cacheWriteUsdPerMTok: null,
	outputUsdPerMTok: "0.60",
	reasoningUsdPerMTok: null,
	longContext: null,
};
const usage = (inputTokens: number, outputTokens = 0, more: object = {}) => ({
	...{ inputTokens, outputTokens, cachedInputTokens: 0, reasoningTokens: 0 },
	...more,
});

describe("toNanoUsdPerMTok", () => {
	it.each([
		["0", 0n],
		["0.15", 150_000_000n],
		["75", 75_000_000_000n],
		["0.000000001", 1n],
	])("reads %s", (usd, nano) => expect(toNanoUsdPerMTok(usd)).toBe(nano));

	it.each(["-1", "NaN", "", "1e3", "0.0000000001", "1,5", " 1", "Infinity", "1234567"])(
		"refuses %j",
		(usd) => {
			expect(() => toNanoUsdPerMTok(usd)).toThrow(RangeError);
		},
	);
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

	it("prices reasoning and cache writes apart where the provider does", () => {
		const row = { ...prices, cacheWriteUsdPerMTok: "0.1875", reasoningUsdPerMTok: "1" };
		const given = usage(100, 10, { reasoningTokens: 4, cacheWriteTokens: 20 });
		expect(toCostNanoUsd(given, row)).toBe(80n * 150n + 3_750n + 6n * 600n + 4_000n);
	});

	it("never costs more than the bound that was reserved for it", () => {
		const tokens = fc.integer({ min: 0, max: 300_000 });
		const usd = fc.integer({ min: 0, max: 99_999_999 }).map((value) => (value / 1e6).toFixed(6));
		const row = fc.record({
			input: usd,
			output: usd,
			long: usd,
			above: fc.integer({ min: 1, max: 300_000 }),
		});
		fc.assert(
			fc.property(tokens, tokens, row, fc.nat(100), (inputTokens, outputTokens, given, percent) => {
				const priced: Prices = {
					...prices,
					inputUsdPerMTok: given.input,
					cachedInputUsdPerMTok: null,
					outputUsdPerMTok: given.output,
					longContext: {
						...prices,
						cachedInputUsdPerMTok: null,
						inputUsdPerMTok: given.long,
						aboveInputTokens: given.above,
					},
				};
				const cachedInputTokens = Math.floor((inputTokens * percent) / 100);
				const cost = toCostNanoUsd(usage(inputTokens, outputTokens, { cachedInputTokens }), priced);
				expect(cost <= toCostNanoUsdMax({ inputTokens, outputTokens }, priced)).toBe(true);
			}),
		);
	});
});

describe("findPriceMistakes", () => {
	it("finds nothing wrong with a good row", () => expect(findPriceMistakes(prices)).toEqual([]));

	it("names negative prices, no numbers and a dear cache", () => {
		expect(findPriceMistakes({ ...prices, inputUsdPerMTok: "-1", outputUsdPerMTok: "NaN" })).toHaveLength(2);
		expect(findPriceMistakes({ ...prices, cachedInputUsdPerMTok: "0.2" })).toEqual([
			"cachedInputUsdPerMTok: is more than the input price",
		]);
		const longContext = { ...prices, outputUsdPerMTok: "x", aboveInputTokens: 0.5 };
		expect(findPriceMistakes({ ...prices, longContext })).toHaveLength(2);
	});
});

describe("toBillableUsage", () => {
	it.each([
		usage(-1),
		usage(1.5),
		usage(Number.NaN),
		usage(1e9),
		usage(5, 0, { cachedInputTokens: 6 }),
		usage(5, 1, { reasoningTokens: 2 }),
	])("does not bill by %j", (given) => expect(toBillableUsage(given)).toBeNull());

	it("takes an explicit 0 at its word", () => {
		expect(toBillableUsage(usage(0, 0))).toEqual(usage(0, 0));
		expect(toBillableUsage(null)).toBeNull();
	});
});
