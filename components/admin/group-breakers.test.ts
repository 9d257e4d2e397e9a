import { describe, expect, it } from "vitest";
import type { Breaker } from "./breaker-queries";
import { groupBreakers, toShortName, toState } from "./group-breakers";

const breaker = (fields: Partial<Breaker>): Breaker => ({
	deployment: "p/m",
	state: "closed",
	isHeld: false,
	isForOnePerson: false,
	openUntil: null,
	throttledUntil: null,
	changedAt: null,
	lastError: null,
	model: null,
	...fields,
});
const later = "2026-01-01T00:01:00.000Z";
const nowMs = Date.parse("2026-01-01T00:00:00.000Z");

describe("breakers as an administrator reads them", () => {
	it("stand by provider, also when a model's name has slashes", () => {
		const all = ["a", "a/x/y", "b", "a/z"].map((deployment) => breaker({ deployment }));
		const groups = groupBreakers(all);
		expect(groups.map(({ providerId }) => providerId)).toEqual(["a", "b"]);
		expect(groups[0]?.models.map(({ deployment }) => toShortName(deployment))).toEqual(["x/y", "z"]);
		expect(groups[0]?.provider?.deployment).toBe("a");
	});

	it.each([
		[{}, "called", null],
		[{ throttledUntil: later }, "wait", later],
		[{ throttledUntil: "2025-01-01T00:00:00.000Z" }, "called", null],
		[{ state: "open", openUntil: later }, "notCalled", later],
		[{ state: "open", openUntil: later, isForOnePerson: true }, "onePerson", later],
		[{ state: "open", openUntil: "2025-01-01T00:00:00.000Z" }, "due", null],
		[{ state: "open", isHeld: true }, "held", null],
		[{ state: "half_open" }, "tried", null],
	] as const)("%j is %s", (fields, kind, until) => {
		expect(toState(breaker(fields), nowMs)).toEqual({ kind, until });
	});
});
