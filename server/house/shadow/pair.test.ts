import { describe, expect, it } from "vitest";
import type { Receipt } from "../../contract/turn.ts";
import { drawTurn, toPair } from "./pair.ts";

type Route = NonNullable<Receipt["route"]>;
const route: Route = {
	policyVersion: 3,
	road: "small",
	ground: "score",
	score: 0.2,
	strongFrom: 0.5,
	dial: 5,
	isNearLimit: false,
	features: [],
	otherModelId: "strong",
	expected: null,
	draft: null,
	savedNanoUsd: null,
};
const by = (modelId: string, fromCharacter = 0) => ({ modelId, fromCharacter });
const pair = (changed: Partial<Route>, ...modelSpans: NonNullable<Receipt["modelSpans"]>) =>
	toPair({ route: { ...route, ...changed }, modelSpans }, ["strong", "stronger"]);
const rejected = { modelId: "cheap", isAccepted: false, faults: [] };

describe("toPair", () => {
	it("puts the shown answer and the other road's model on their sides", () => {
		const models = { cheapModelId: "cheap", strongModelId: "strong", policyVersion: 3 };
		expect(pair({}, by("cheap"))).toEqual({ ...models, road: "small", isStrongShown: false });
		const strong = pair({ road: "strong", otherModelId: "cheap" }, by("strong"));
		expect(strong).toEqual({ ...models, road: "strong", isStrongShown: true });
		const draft = pair({ road: "draft", draft: rejected }, by("strong"));
		expect(draft).toEqual({ ...models, road: "draft", isStrongShown: true });
	});

	it.each([
		["a model on the same side alone is left", pair({}, by("stronger"))],
		["no other model could have answered", pair({ otherModelId: null }, by("cheap"))],
		["two models wrote the answer", pair({}, by("cheap"), by("strong", 10))],
		["the turn went on with an answer", pair({}, by("cheap", 10))],
		["no model is known", pair({})],
		["no policy decided", toPair({ modelSpans: [by("cheap")] }, ["strong"])],
	])("is null when %s", (_, found) => {
		expect(found).toBeNull();
	});
});

describe("drawTurn", () => {
	const ids = Array.from({ length: 4_000 }, (_, index) => `turn-${index}`);

	it("takes about so many turns, the same each time, and more of them for a larger share", () => {
		const draw = (share: number) => ids.filter((id) => drawTurn(id, share).isSampled);
		expect(draw(0)).toEqual([]);
		expect(draw(0.1)).toEqual(draw(0.1));
		expect(draw(0.1).length / ids.length).toBeCloseTo(0.1, 1);
		const more = new Set(draw(0.2));
		expect(draw(0.1).every((id) => more.has(id))).toBe(true);
	});

	it("puts either answer first about as often, in the sample as well", () => {
		const drawn = ids.map((id) => drawTurn(id, 0.2)).filter(({ isSampled }) => isSampled);
		const first = drawn.filter(({ isCheapFirst }) => isCheapFirst).length / drawn.length;
		expect(first).toBeGreaterThan(0.4);
		expect(first).toBeLessThan(0.6);
	});
});
