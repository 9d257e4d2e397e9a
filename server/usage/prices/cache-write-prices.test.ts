import { describe, expect, it } from "vitest";
import { fillCacheWrites, type GivenPrices } from "./cache-write-prices.ts";

const given: GivenPrices = {
	inputUsdPerMTok: "4",
	cachedInputUsdPerMTok: "0.4",
	outputUsdPerMTok: "20",
	reasoningUsdPerMTok: null,
	longContext: null,
};
const inForce = {
	...given,
	inputUsdPerMTok: "3",
	cacheWriteUsdPerMTok: "3.75",
	cacheWrite1hUsdPerMTok: "6",
};
const writes = (
	row: { cacheWriteUsdPerMTok: string | null; cacheWrite1hUsdPerMTok?: string | null } | null,
) => [row?.cacheWriteUsdPerMTok, row?.cacheWrite1hUsdPerMTok];

describe("fillCacheWrites", () => {
	it.each([
		["left out, as the row in force has them", {}, inForce, ["5", "8"]],
		["left out, without a row in force", {}, null, [null, null]],
		[
			"left out, of a model whose writes have no price",
			{},
			{ ...inForce, cacheWriteUsdPerMTok: null },
			[null, "8"],
		],
		[
			"null, which is as input",
			{ cacheWriteUsdPerMTok: null, cacheWrite1hUsdPerMTok: null },
			inForce,
			[null, null],
		],
		["given", { cacheWriteUsdPerMTok: "4.5", cacheWrite1hUsdPerMTok: "7" }, inForce, ["4.5", "7"]],
		["of a model that was free", {}, { ...inForce, inputUsdPerMTok: "0" }, [null, null]],
		["of a price that is none", { inputUsdPerMTok: "cheap" }, inForce, [null, null]],
	])("prices writes that are %s", (_, change, current, expected) => {
		expect(writes(fillCacheWrites({ ...given, ...change }, current))).toEqual(expected);
	});

	it("rounds a multiple up to the finest price there is", () => {
		const odd = { ...inForce, inputUsdPerMTok: "3", cacheWriteUsdPerMTok: "1" };
		expect(writes(fillCacheWrites({ ...given, inputUsdPerMTok: "1" }, odd))[0]).toBe("0.333333334");
	});

	it("prices the writes of long calls as those of short ones", () => {
		const long = { ...given, inputUsdPerMTok: "8", aboveInputTokens: 200_000 };
		const { longContext } = fillCacheWrites({ ...given, longContext: long }, inForce);
		expect(writes(longContext)).toEqual(["10", "16"]);
	});
});
