import { describe, expect, it } from "vitest";
import { judge, type Race } from "./judge.ts";

const fair: Race = {
	capNanoUsd: 100n,
	redisGoneAtMs: 5,
	chargedNanoUsd: 98n,
	houseNanoUsd: 1n,
	ownNanoUsd: 0n,
	invoiceNanoUsd: 99n,
	leastNanoUsd: 10n,
	outcomes: [
		{ answeredAtMs: 1, turnId: "one", code: null },
		{ answeredAtMs: 8, turnId: "two", code: null },
		{ answeredAtMs: 9, turnId: null, code: "quota_exceeded" },
	],
	polls: [
		{ usedNanoUsd: 60n, reservedNanoUsd: 40n },
		{ usedNanoUsd: 98n, reservedNanoUsd: 0n },
	],
};
const broken = (change: Partial<Race>) =>
	judge({ ...fair, ...change }).flatMap(({ id, violations }) => (violations.length > 0 ? [id] : []));

describe("judge", () => {
	it("finds nothing in a fair race, and has looked at everything", () => {
		expect(broken({})).toEqual([]);
		expect(judge(fair).every(({ checked }) => checked > 0)).toBe(true);
	});

	it("finds a nano-dollar too much at any instant, on the bill or on the invoice", () => {
		expect(broken({ polls: [{ usedNanoUsd: 61n, reservedNanoUsd: 40n }, ...fair.polls] })).toEqual(["I2"]);
		expect(broken({ chargedNanoUsd: 101n, invoiceNanoUsd: 102n })).toEqual(["charge", "invoice"]);
		expect(broken({ invoiceNanoUsd: 100n })).toEqual(["ledger"]);
		expect(broken({ houseNanoUsd: 6n, ownNanoUsd: 5n, invoiceNanoUsd: 104n })).toEqual([]);
		expect(broken({ houseNanoUsd: 6n, ownNanoUsd: 3n, invoiceNanoUsd: 104n })).toEqual(["invoice"]);
	});

	it("finds a race that proves nothing: money was not the limit, Redis stayed, or no send followed its end", () => {
		const others = [...fair.outcomes, { answeredAtMs: 9, turnId: null, code: "rate_limited" }];
		expect(broken({ outcomes: others })).toEqual(["money"]);
		expect(broken({ outcomes: fair.outcomes.slice(0, 2) })).toEqual(["race"]);
		expect(broken({ chargedNanoUsd: 50n, invoiceNanoUsd: 51n })).toEqual(["race"]);
		expect(broken({ redisGoneAtMs: null })).toEqual(["redis"]);
		expect(broken({ redisGoneAtMs: 20 })).toEqual(["redis"]);
		expect(broken({ polls: [{ usedNanoUsd: 98n, reservedNanoUsd: 1n }] })).toEqual(["held"]);
	});
});
