import { describe, expect, it } from "vitest";
import { toCacheWritePrices } from "./cache-write-prices.ts";

describe("toCacheWritePrices", () => {
	it.each([
		["of Anthropic's list", { inputUsdPerMTok: "3" }, true, "3.75", "6"],
		["that Anthropic's list names", { inputUsdPerMTok: "3", cacheWriteUsdPerMTok: "4" }, true, "4", "6"],
		["of an hour, named", { inputUsdPerMTok: "3", cacheWrite1hUsdPerMTok: "5" }, true, "3.75", "5"],
		["of a fine price", { inputUsdPerMTok: "0.000000001" }, true, "0.000000002", "0.000000002"],
		["of a large price", { inputUsdPerMTok: "120.5" }, true, "150.625", "241"],
		["of a free model", { inputUsdPerMTok: "0" }, true, "0", "0"],
		["of another provider", { inputUsdPerMTok: "3" }, false, null, null],
		["that another provider names", { inputUsdPerMTok: "4", cacheWriteUsdPerMTok: "5" }, false, "5", null],
	])("knows the writes %s", (_, listed, isAnthropic, write, hour) => {
		expect(toCacheWritePrices(listed, { isAnthropic })).toEqual({
			cacheWriteUsdPerMTok: write,
			cacheWrite1hUsdPerMTok: hour,
		});
	});
});
