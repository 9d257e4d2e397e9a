import { statSync } from "node:fs";
import { expect, it } from "vitest";
import { createRouter } from "./router.ts";
import weights from "./weights.json" with { type: "json" };
import { parseWeights } from "./weights.ts";

it("the committed weights are read, and are smaller than 3 MB", () => {
	expect(() => parseWeights(weights)).not.toThrow();
	expect(statSync(new URL("./weights.json", import.meta.url)).size).toBeLessThan(3e6);
});

it.each([
	["of a later version", { ...weights, version: 2 }, /version 2, and this program reads version 1/],
	["without a version", { kinds: {} }, /version undefined/],
	["that is no file", null, /version undefined/],
	["that lacks an expert", { ...weights, gains: {} }, /cannot be read/],
	[
		"cut off",
		{ ...weights, hardness: { ...weights.hardness, terms: weights.hardness.terms.slice(0, 400) } },
		/300 bytes in place of 32768/,
	],
	["of another filter", { ...weights, knownWords: "AAAA" }, /3 bytes in place of 32768/],
])("a weights file %s is refused, and the error says why", (_, file, message) => {
	expect(() => createRouter(file)).toThrow(message);
});

it("a larger share of strong calls means a lower threshold", () => {
	const router = createRouter(weights);
	const shares = [0, 0.1, 0.25, 0.5, 0.75, 1].map(router.toThreshold);
	expect(shares).toEqual([...shares].sort((one, other) => other - one));
});
