import { describe, expect, it } from "vitest";
import type { ModelListItem } from "@/server/client";
import { toModelOffers } from "./model-offers";

const model = (
	id: string,
	tier: ModelListItem["tier"],
	usd: number | null,
	more: Partial<ModelListItem> = {},
) => ({
	id,
	name: id,
	tier,
	contextWindow: 100,
	conversationTokensMax: 75,
	isTest: false,
	unavailable: null,
	prices: usd === null ? null : { inputUsdPerMTok: "0", outputUsdPerMTok: String(usd) },
	...more,
});
const down = { unavailable: { reason: "down", until: "2026-01-01T00:00:00Z" } } as const;
const failed = model("failed", "medium", 10);

describe("who is offered when a model fails", () => {
	it.each([
		["the same tier before a nearer price", [model("a", "large", 10), model("b", "medium", 90)], "b"],
		["the nearest price within a tier", [model("a", "medium", 1), model("b", "medium", 14)], "b"],
		["a tier beside it when its own has none", [model("a", "small", 1)], "a"],
		["a model with a price before one without", [model("a", "medium", null), model("b", "medium", 90)], "b"],
		["no model that is down", [model("a", "medium", 10, down), model("b", "large", 90)], "b"],
		["no model when all are down", [model("a", "medium", 10, down)], undefined],
		["no test model beside real ones", [model("a", "medium", 10, { isTest: true })], undefined],
	])("is %s", (_, others, id) => expect(toModelOffers([failed, ...others], "failed").other?.id).toBe(id));

	it("is the widest one for a chat that is too long, if any is wider and answers", () => {
		const wide = model("wide", "large", 90, { contextWindow: 900 });
		const widest = model("widest", "large", 90, { contextWindow: 9_000, ...down });
		expect(toModelOffers([failed, wide, widest], "failed").larger?.id).toBe("wide");
		expect(toModelOffers([failed, model("a", "medium", 10)], "failed").larger).toBeNull();
	});

	it("is no model when it is not known which model failed", () => {
		expect(toModelOffers([failed, model("a", "medium", 10)], null)).toEqual({ other: null, larger: null });
	});
});
