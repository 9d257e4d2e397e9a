import { describe, expect, it } from "vitest";
import { route } from "./index.ts";
import type { Replaceable } from "./openings.ts";

const model = (id: string, tier: Replaceable["tier"], providerId = "one"): Replaceable => ({
	id,
	tier,
	providerId,
	providerModelId: id,
	fallbacks: null,
});
const models = [
	model("large-a", "large"),
	model("medium-a", "medium"),
	model("medium-b", "medium"),
	model("small-a", "small"),
];
const catalogue = (standard: string) => {
	const find = (id: string) => models.find((model) => model.id === id);
	return {
		find,
		list: () => models,
		default: () => find(standard) ?? model(standard, "small"),
	};
};
const all = { openModels: null, openTiers: null };

describe("route", () => {
	it.each([
		["the default where everything is open", "medium-b", all, "medium-b"],
		["the nearest tier below", "large-a", { ...all, openTiers: ["small", "medium"] }, "medium-a"],
		["a tier further below when the next is closed", "large-a", { ...all, openTiers: ["small"] }, "small-a"],
		["another model of the tier", "medium-a", { ...all, openModels: ["medium-b", "small-a"] }, "medium-b"],
		["a tier above when none below is open", "small-a", { ...all, openTiers: ["medium"] }, "medium-a"],
		["the default, to be refused, when nothing is open", "large-a", { ...all, openTiers: [] }, "large-a"],
	])("takes for auto %s", (_, standard, open, expected) => {
		expect(route("auto", catalogue(standard), open).choices[0].model.id).toBe(expected);
	});

	it.each([
		["auto/fast", "large-a", all, "small-a"],
		["auto/best", "small-a", all, "large-a"],
		["auto/best", "small-a", { ...all, openTiers: ["small", "medium"] }, "medium-a"],
		["auto/fast", "medium-b", { ...all, openTiers: ["medium", "large"] }, "medium-b"],
	])("takes for %s among its tiers, with %s as the default", (wanted, standard, open, expected) => {
		expect(route(wanted, catalogue(standard), open).choices[0].model.id).toBe(expected);
	});

	it("passes over models that cannot read the conversation, unless none can", () => {
		const ids = (canRead: (model: Replaceable) => boolean) =>
			route("auto", catalogue("medium-a"), all, canRead).choices.flatMap(({ chain }) =>
				chain.map(({ id }) => id),
			);
		expect(ids(({ id }) => id.startsWith("small"))).toEqual(["small-a"]);
		expect(ids(() => false)[0]).toBe("medium-a");
	});

	it("takes the model that was asked for, and never another one", () => {
		expect(route("large-a", catalogue("small-a"), { ...all, openTiers: ["small"] }).choices).toMatchObject([
			{ model: { id: "large-a" } },
		]);
		expect(() => route("other", catalogue("small-a"), all)).toThrow(
			expect.objectContaining({ code: "unknown_model" }),
		);
	});

	it("lets auto move on to every open model once: its tier, then the tiers below, then those above", () => {
		const ids = (standard: string, openTiers: string[] | null = null) =>
			route("auto", catalogue(standard), { ...all, openTiers }).choices.map((choice) => choice.model.id);
		expect(ids("medium-b")).toEqual(["medium-b", "medium-a", "small-a", "large-a"]);
		expect(ids("large-a", ["small", "large"])).toEqual(["large-a", "small-a"]);
	});

	it("repeats none of the models that may stand in for the first", () => {
		const peers = [model("a", "small"), model("b", "small", "two"), model("c", "small")];
		const { choices } = route("auto", {
			find: () => undefined,
			list: () => peers,
			default: () => peers[0] ?? model("a", "small"),
		});
		expect(choices.map(({ chain }) => chain.map(({ id }) => id))).toEqual([["a", "b"], ["c"]]);
	});
});
