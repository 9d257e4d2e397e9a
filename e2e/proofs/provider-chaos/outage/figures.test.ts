import { describe, expect, it } from "vitest";
import { type OutageRecord, toGoals } from "./figures.ts";

const attempt = (fromMs: number, forMs = 100) => ({ fromMs, toMs: fromMs + forMs });
/** An outage from second 10 to 70 as it should be: opened at once, two probings, closed after the return. */
const good: OutageRecord = {
	asked: Array.from({ length: 90 }, (_, second) => ({
		askedAtMs: second * 1_000,
		firstMs: 200,
		ending: "complete",
	})),
	inFlight: 4,
	diedAtMs: 10_000,
	backAtMs: 70_000,
	perSecond: 50,
	outputs: [],
	connectionAttempts: [10_100, 10_150, 10_200, 25_100, 25_110, 25_120, 25_300].map((atMs) => attempt(atMs)),
	calls: [
		{ turnId: "a", modelId: "main", atMs: 10_100 },
		{ turnId: "a", modelId: "spare", atMs: 10_300 },
		{ turnId: "b", modelId: "main", atMs: 10_150 },
	],
	steps: [
		{ to: "open", atMs: 10_500 },
		{ to: "half_open", atMs: 25_000 },
		{ to: "open", atMs: 25_400 },
		{ to: "half_open", atMs: 80_000 },
		{ to: "closed", atMs: 80_500 },
	],
};
const missed = (seen: Partial<OutageRecord>) =>
	toGoals({ ...good, ...seen }).flatMap(({ isReached, what }) => (isReached ? [] : [what]));

describe("the figures of an outage", () => {
	it("reach every goal when all went well", () => {
		expect(missed({})).toEqual([]);
		expect(toGoals(good)[0]).toMatchObject({ measured: 7, goal: 5 + 3 + 4 + 50 });
		expect(toGoals(good).at(-1)).toMatchObject({ measured: 10_500 });
	});

	it("miss one for every promise that was broken", () => {
		const bad = (more: object) => [
			...good.asked,
			{ askedAtMs: 20_000, firstMs: 200, ending: "complete", ...more },
		];
		const storm = Array.from({ length: 63 }, (_, index) => attempt(10_100 + index));
		expect(missed({ connectionAttempts: storm })).toEqual(["requests to the dead provider"]);
		expect(missed({ connectionAttempts: [...good.connectionAttempts, attempt(11_501)] })).toEqual([
			"requests later than 1 s after an opening",
		]);
		expect(missed({ connectionAttempts: [...good.connectionAttempts, attempt(25_130)] })).toEqual([
			"probes at a time over all instances",
		]);
		expect(missed({ asked: bad({ ending: "failed" }) })).toEqual(["answers that are not complete"]);
		expect(missed({ asked: bad({ firstMs: 46_001 }) })).toEqual(["first content or words, slowest of all"]);
		expect(missed({ asked: bad({ firstMs: null }) })).toEqual(["first content or words, slowest of all"]);
		expect(missed({ steps: good.steps.slice(0, -1) })).toEqual(["until the provider is called again"]);
		const slow = good.asked.map((one) => ({ ...one, firstMs: 1_501 }));
		expect(missed({ asked: slow })).toEqual(["first content while it is dead, p95"]);
		const again = Array.from({ length: 72 }, () => ({ turnId: "a", modelId: "main", atMs: 12_000 }));
		expect(missed({ calls: [...good.calls, ...again] })).toEqual(["retries at the dead provider"]);
	});

	it("reach none of them without a value: no message, no request to the dead provider, no opening", () => {
		const nothing = missed({ asked: [], connectionAttempts: [], calls: [], steps: [] });
		expect(nothing).toEqual(toGoals(good).map(({ what }) => what));
	});
});
