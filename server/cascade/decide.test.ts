import { describe, expect, it } from "vitest";
import type { AutoModel } from "../contract/kinds.ts";
import { decide, type RoutedRequest } from "./decide.ts";
import type { Replaceable } from "./openings.ts";
import { routingPolicy } from "./policy/policy.ts";
import { toRouter } from "./router/shared-router.ts";

const model = (id: string, tier: Replaceable["tier"], providerId = "one"): Replaceable => ({
	id,
	tier,
	providerId,
	providerModelId: id,
	fallbacks: null,
});
const catalogue = [
	model("tiny", "small"),
	model("tiny-b", "small", "two"),
	model("giant", "large"),
	model("mid", "medium"),
];
const models = {
	find: (id: string) => catalogue.find((each) => each.id === id),
	list: () => catalogue,
	default: () => catalogue[3] ?? model("mid", "medium"),
};
const prices: Record<string, bigint> = { tiny: 10n, "tiny-b": 20n, giant: 1_000n, mid: 100n };
const open = { openModels: null, openTiers: null };

function route(
	given: { dial?: number; said?: string[]; drafts?: boolean; small?: string[] } & Partial<
		RoutedRequest<Replaceable>
	>,
	gates: {
		open?: typeof open | { openModels: null; openTiers: string[] };
		canRead?: (model: Replaceable) => boolean;
	} = {},
) {
	const { dial = 5, drafts = true, small = ["tiny", "tiny-b"], ...request } = given;
	const policy = routingPolicy.parse({ small, strong: ["giant"], dial, drafts });
	return decide<Replaceable>(
		{
			published: { version: 7, policy },
			requestedModel: "auto" as AutoModel,
			plan: null,
			isNearLimit: false,
			said: ["What is the capital of Peru?"],
			mayDraft: true,
			toExpectedNanoUsd: ({ id }) => prices[id] ?? null,
			...request,
		},
		models,
		{ open: gates.open ?? open, canRead: gates.canRead ?? (() => true), router: toRouter() },
	);
}
const idsOf = ({ choices }: ReturnType<typeof route>) =>
	choices.map(({ chain }) => chain.map(({ id }) => id));

describe("deciding by a policy", () => {
	it("asks the small models in the policy's order, then the strong ones, then what else is there", () => {
		expect(idsOf(route({ dial: 0 }))).toEqual([["tiny", "tiny-b"], ["giant"], ["mid"]]);
		expect(idsOf(route({ dial: 10 }))).toEqual([["giant"], ["tiny", "tiny-b"], ["mid"]]);
	});

	it("passes over models that cannot read the conversation, and says when only one side is left", () => {
		const decided = route({ dial: 0 }, { canRead: ({ tier }) => tier !== "small" });
		expect(decided.decision).toMatchObject({ road: "strong", ground: "only", otherModelId: null });
	});

	it("is what auto does without a policy when no model of it can do the turn", () => {
		const decided = route({ dial: 10 }, { open: { openModels: null, openTiers: ["medium"] } });
		expect(decided.decision).toBeNull();
		expect(decided.choices[0].model.id).toBe("mid");
	});

	it("leaves a request that is unlike all that the router knows to the default model", () => {
		const odd = "zxqv wkrrt blorf mnxz qwpt vrrk zzlt kkrw pqrx vvnm xxkt wwrq";
		const decided = route({ said: [odd] });
		expect(decided.decision).toMatchObject({ road: "default", ground: "unfamiliar", score: null });
		expect(decided.choices[0]).toMatchObject({ model: { id: "mid" } });
		expect(route({ said: [odd], dial: 10 }).decision).toMatchObject({ road: "strong" });
	});

	it("takes the strong model where it costs no more, such as with a warm cache, and keeps both prices", () => {
		const toExpectedNanoUsd = ({ id }: Replaceable) => (id === "giant" ? 9n : 10n);
		expect(route({ dial: 1, toExpectedNanoUsd }).decision).toMatchObject({
			road: "strong",
			ground: "price",
			expected: { small: "10", strong: "9" },
		});
		expect(route({ dial: 1, toExpectedNanoUsd: () => null }).decision).toMatchObject({ expected: null });
	});

	it("drafts only where a draft may be made: with the wish of the policy, and for a new answer", () => {
		const dials = Array.from({ length: 9 }, (_, index) => index + 1);
		const roadsOf = (more: object) => dials.map((dial) => route({ dial, ...more }).decision?.road);
		expect(roadsOf({})).toContain("draft");
		expect(roadsOf({ drafts: false })).not.toContain("draft");
		expect(roadsOf({ mayDraft: false })).not.toContain("draft");
		const drafted = dials.map((dial) => route({ dial })).find(({ decision }) => decision?.road === "draft");
		expect(
			drafted?.choices.map(({ chain, isDraft = false }) => [chain[0]?.id, chain.length, isDraft]),
		).toEqual([
			["tiny", 1, true],
			["giant", 1, false],
			["mid", 1, false],
		]);
	});

	it("lowers the dial near the limit, never below 0", () => {
		expect(route({ dial: 5, isNearLimit: true }).decision).toMatchObject({ dial: 3, isNearLimit: true });
		expect(route({ dial: 1, isNearLimit: true }).decision).toMatchObject({ dial: 0, road: "small" });
	});

	it("reads an empty message, one of a megabyte and one of code alone", () => {
		for (const text of ["", "word ".repeat(200_000), "const a = (b) => b.map((c) => c + 1);"])
			expect(route({ said: [text] }).choices.length).toBeGreaterThan(0);
	});
});
