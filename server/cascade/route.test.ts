import { describe, expect, it } from "vitest";
import { route } from "./index.ts";
import type { Routable } from "./route.ts";

const models: Routable[] = [
	{ id: "large-a", tier: "large" },
	{ id: "medium-a", tier: "medium" },
	{ id: "medium-b", tier: "medium" },
	{ id: "small-a", tier: "small" },
];
const catalogue = (standard: string) => {
	const find = (id: string) => models.find((model) => model.id === id);
	return {
		find,
		list: () => models,
		default: () => find(standard) ?? { id: standard, tier: "small" as const },
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
		expect(route("auto", catalogue(standard), open).model.id).toBe(expected);
	});

	it("takes the model that was asked for, and never another one", () => {
		expect(route("large-a", catalogue("small-a"), { ...all, openTiers: ["small"] }).model.id).toBe("large-a");
		expect(() => route("other", catalogue("small-a"), all)).toThrow(
			expect.objectContaining({ code: "unknown_model" }),
		);
	});
});
