import { describe, expect, it } from "vitest";
import { recomputePrice } from "./recompute-price.ts";

const tokens = {
	inputTokens: 10,
	cachedInputTokens: 4,
	cacheWriteTokens: 0,
	cacheWrite1hTokens: 0,
	outputTokens: 8,
	reasoningTokens: 3,
};

describe("recomputePrice", () => {
	it("prices every class once and rounds the sum once, half up", () => {
		const sheet = {
			inputUsdPerMTok: "1",
			cachedInputUsdPerMTok: "0.1",
			outputUsdPerMTok: "5",
			reasoningUsdPerMTok: "2",
		};
		// 6 x 1000 + 4 x 100 + 5 x 5000 + 3 x 2000
		expect(recomputePrice(tokens, sheet)).toBe(37_400n);
		const halves = { inputUsdPerMTok: "0.00025", cachedInputUsdPerMTok: "0", outputUsdPerMTok: "0" };
		// 6 x 0.25 = 1.5 nano-dollars
		expect(recomputePrice(tokens, halves)).toBe(2n);
	});

	it("prices cache writes apart, those for an hour as the others when they have no price", () => {
		const written = { ...tokens, inputTokens: 20, cacheWriteTokens: 6, cacheWrite1hTokens: 3 };
		const sheet = { inputUsdPerMTok: "1", cacheWriteUsdPerMTok: "1.25", outputUsdPerMTok: "0" };
		// (20 - 4 - 6 - 3) x 1000 + 4 x 1000 + 9 x 1250
		expect(recomputePrice(written, sheet)).toBe(22_250n);
		expect(recomputePrice(written, { ...sheet, cacheWrite1hUsdPerMTok: "2" })).toBe(24_500n);
	});

	it("prices a class without a price of its own as its plain class, and a long prompt by the long prices", () => {
		const sheet = {
			inputUsdPerMTok: "1",
			outputUsdPerMTok: "5",
			longContext: { aboveInputTokens: 10, inputUsdPerMTok: "2", outputUsdPerMTok: "6" },
		};
		expect(recomputePrice(tokens, sheet)).toBe(50_000n);
		expect(recomputePrice({ ...tokens, inputTokens: 11 }, sheet)).toBe(70_000n);
	});
});
