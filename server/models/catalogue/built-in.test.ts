import { describe, expect, it } from "vitest";
import { readBuiltInModels } from "./built-in.ts";

const builtIn = readBuiltInModels();

describe("the shipped catalogue", () => {
	it("names its source, and every model has a window, an output limit and prices that make sense", () => {
		expect(new Set(builtIn.map((model) => model.id)).size).toBe(builtIn.length);
		for (const model of builtIn) {
			const { inputUsdPerMTok, outputUsdPerMTok, cachedInputUsdPerMTok = "0" } = model.prices;
			for (const price of [inputUsdPerMTok, outputUsdPerMTok, cachedInputUsdPerMTok])
				expect(price).toMatch(/^\d+(\.\d{1,6})?$/);
			expect(Number(inputUsdPerMTok)).toBeGreaterThan(0);
			expect(Number(outputUsdPerMTok)).toBeGreaterThanOrEqual(Number(inputUsdPerMTok));
			expect(Number(cachedInputUsdPerMTok)).toBeLessThan(Number(inputUsdPerMTok));
			expect(model.maxOutputTokens).toBeLessThanOrEqual(model.contextWindow);
		}
	});

	it("has a small, a medium and a large model or at least two of them for each provider", () => {
		for (const providerId of ["openai", "anthropic", "google"]) {
			const tiers = new Set(
				builtIn.filter((model) => model.providerId === providerId).map((model) => model.tier),
			);
			expect(tiers.has("small") && tiers.has("medium")).toBe(true);
		}
	});
});
