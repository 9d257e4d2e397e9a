import { describe, expect, it } from "vitest";
import type { CatalogueModel } from "../models/index.ts";
import { toCheapest } from "./cheapest.ts";

const model = (id: string, fields: Partial<CatalogueModel> = {}) =>
	({ id, tier: "small", isTest: false, ...fields }) as CatalogueModel;
const models = [
	model("dear"),
	model("cheap"),
	model("fair", { tier: "medium" }),
	model("test", { isTest: true }),
];
const prices: Record<string, bigint> = { dear: 900n, cheap: 10n, fair: 50n, test: 0n };
const open = { openModels: null, openTiers: null };
const choose = (by: Partial<Parameters<typeof toCheapest>[1]> = {}) =>
	toCheapest(models, { open, answeredBy: null, toNanoUsdMax: ({ id }) => prices[id] ?? 0n, ...by }).map(
		({ id }) => id,
	);

describe("toCheapest", () => {
	it("begins with the cheapest and names one stand-in, never the built-in test model", () => {
		expect(choose()).toEqual(["cheap", "fair"]);
	});

	it("leaves out what the person's plan leaves closed", () => {
		expect(choose({ open: { openModels: ["dear", "fair"], openTiers: ["small"] } })).toEqual(["dear"]);
		expect(choose({ open: { openModels: [], openTiers: null } })).toEqual([]);
	});

	it("prefers the model that has just answered among equals, and only there", () => {
		expect(choose({ answeredBy: "dear" })).toEqual(["cheap", "fair"]);
		expect(choose({ answeredBy: "fair", toNanoUsdMax: () => 0n })).toEqual(["fair", "dear"]);
	});
});
