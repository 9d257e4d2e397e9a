import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toChain } from "./index.ts";
import type { Replaceable } from "./openings.ts";

const all = { openModels: null, openTiers: null };
const model = (id: string, more: Partial<Replaceable> = {}): Replaceable => ({
	id,
	tier: "medium",
	providerId: "one",
	providerModelId: id,
	fallbacks: null,
	...more,
});
const ids = (chain: readonly Replaceable[]) => chain.map(({ id }) => id);

describe("toChain", () => {
	const models = [
		model("a"),
		model("peer-here"),
		model("small-there", { providerId: "two", tier: "small" }),
		model("peer-there", { providerId: "two" }),
		model("second-peer-there", { providerId: "two" }),
		model("gateway/a", { providerId: "three", providerModelId: "maker/a" }),
		model("peer-at-gateway", { providerId: "three" }),
	];

	it("asks for the same model elsewhere first, then one peer of the tier at each other provider", () => {
		expect(ids(toChain(model("a"), models, all))).toEqual(["a", "gateway/a", "peer-there"]);
	});

	it("takes what the configuration names, in its order, and nothing else", () => {
		const chosen = model("a", { fallbacks: ["small-there", "peer-here", "small-there", "a", "gone"] });
		expect(ids(toChain(chosen, models, all))).toEqual(["a", "small-there", "peer-here"]);
		expect(ids(toChain(model("a", { fallbacks: [] }), models, all))).toEqual(["a"]);
	});

	it("never leaves what the plan leaves open", () => {
		expect(ids(toChain(model("a"), models, { ...all, openModels: ["a", "peer-there"] }))).toEqual([
			"a",
			"peer-there",
		]);
	});

	it("ends and asks no model twice, whatever rings the configuration draws", () => {
		const names = ["a", "b", "c", "d"];
		const name = fc.constantFrom(...names);
		fc.assert(
			fc.property(fc.array(fc.array(name), { minLength: 4, maxLength: 4 }), name, (fallbacks, start) => {
				const ring = names.map((id, index) => model(id, { fallbacks: fallbacks[index] ?? [] }));
				const first = ring.find(({ id }) => id === start) ?? model("a");
				const chain = ids(toChain(first, ring, all));
				expect(new Set(chain).size).toBe(chain.length);
				expect(chain[0]).toBe(start);
			}),
		);
	});
});
