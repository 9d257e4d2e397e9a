import { describe, expect, it } from "vitest";
import { findPriceMistakes, isSamePrices, type Prices, toNanoUsdPerMTok, toUsdPerMTok } from "./prices.ts";

const prices: Prices = {
	inputUsdPerMTok: "0.15",
	cachedInputUsdPerMTok: "0.075",
	cacheWriteUsdPerMTok: null,
	cacheWrite1hUsdPerMTok: null,
	outputUsdPerMTok: "0.60",
	reasoningUsdPerMTok: null,
	longContext: null,
};

describe("toNanoUsdPerMTok", () => {
	it.each([
		["0", 0n],
		["0.15", 150_000_000n],
		["75", 75_000_000_000n],
		["0.000000001", 1n],
	])("reads %s and writes it back", (usd, nano) => {
		expect(toNanoUsdPerMTok(usd)).toBe(nano);
		expect(toUsdPerMTok(nano)).toBe(usd);
	});

	it.each(["-1", "NaN", "", "1e3", "0.0000000001", "1,5", " 1", "Infinity", "1234567"])(
		"refuses %j",
		(usd) => {
			expect(() => toNanoUsdPerMTok(usd)).toThrow(RangeError);
		},
	);
});

describe("findPriceMistakes", () => {
	it("finds nothing wrong with a good row", () => expect(findPriceMistakes(prices)).toEqual([]));

	it("names negative prices, no numbers and a dear cache", () => {
		expect(findPriceMistakes({ ...prices, inputUsdPerMTok: "-1", outputUsdPerMTok: "NaN" })).toHaveLength(2);
		expect(findPriceMistakes({ ...prices, cachedInputUsdPerMTok: "0.2" })).toEqual([
			"cachedInputUsdPerMTok: is more than the input price",
		]);
		expect(findPriceMistakes({ ...prices, cacheWrite1hUsdPerMTok: "-2" })).toEqual([
			"cacheWrite1hUsdPerMTok: must be a decimal number of US dollars, 0 or more",
		]);
		const longContext = { ...prices, outputUsdPerMTok: "x", aboveInputTokens: 0.5 };
		expect(findPriceMistakes({ ...prices, longContext })).toHaveLength(2);
	});
});

describe("isSamePrices", () => {
	const long = { ...prices, aboveInputTokens: 9 };
	const { cacheWrite1hUsdPerMTok: _, ...older } = prices;
	it.each([
		["a row stored before there was a class for an hour", older, true],
		[
			"another order of fields",
			{ ...Object.fromEntries(Object.entries(prices).toReversed()) } as object,
			true,
		],
		["another price of writes for an hour", { ...prices, cacheWrite1hUsdPerMTok: "0.3" }, false],
		["a row for long inputs", { ...prices, longContext: long }, false],
	])("compares by class: %s", (_, other, isSame) => {
		expect(isSamePrices(prices, other as Prices)).toBe(isSame);
	});

	it("compares rows for long inputs, too", () => {
		expect(isSamePrices({ ...prices, longContext: long }, { ...prices, longContext: { ...long } })).toBe(
			true,
		);
		const later = { ...long, aboveInputTokens: 10 };
		expect(isSamePrices({ ...prices, longContext: long }, { ...prices, longContext: later })).toBe(false);
	});
});
