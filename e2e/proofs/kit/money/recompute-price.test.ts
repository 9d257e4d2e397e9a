import { describe, expect, it } from "vitest";
import { recomputePrice } from "./recompute-price.ts";

const tokens = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 8, reasoningTokens: 3 };

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
