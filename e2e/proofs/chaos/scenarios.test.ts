import { describe, expect, it } from "vitest";
import { createRandom } from "../kit/random.ts";
import { planFaults } from "./scenarios.ts";

describe("a schedule", () => {
	const input = { scenario: "all" as const, kills: 20, seed: "7", isShort: false };

	it("is the same for the same seed, and another one for another", () => {
		expect(planFaults(input)).toEqual(planFaults(input));
		expect(planFaults(input)).not.toEqual(planFaults({ ...input, seed: "8" }));
	});

	it("has the kills that were asked for, and every kind of fault", () => {
		const kinds = planFaults(input).map(({ kind }) => kind);
		expect(kinds.filter((kind) => kind === "kill")).toHaveLength(20);
		expect(new Set(kinds)).toEqual(new Set(["kill", "freeze", "drain", "storage"]));
	});

	it("draws numbers that stay within their bounds and reach both", () => {
		const random = createRandom("bounds");
		const drawn = Array.from({ length: 1_000 }, () => random.between(3, 6));
		expect([Math.min(...drawn), Math.max(...drawn), new Set(drawn).size]).toEqual([3, 6, 4]);
	});
});
