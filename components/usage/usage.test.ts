import { describe, expect, it } from "vitest";
import type { UsageLimits } from "@/server/client";
import { toDays, toMonth, toMonthsBefore, toResetWords } from "./instants";
import { findTightest, toPercent } from "./limit-meters";
import { toExactMoney, toMoney } from "./money";

const limit = {
	name: "money_per_day",
	reserved: "0",
	left: null,
	resetsAt: "2026-11-25T00:00:00.000Z",
} as const;

describe("toMoney", () => {
	it.each([
		["0", "$0.00"],
		["1", "< $0.0001"],
		["99999", "< $0.0001"],
		["100000", "$0.0001"],
		["412000", "$0.00041"],
		["9999999", "$0.01"],
		["12345678", "$0.01"],
		["1234567890", "$1.23"],
		["-5000000000", "-$5.00"],
		["9007199254740993000000000", "$9,007,199,254,740,993.00"],
	])("shows %s nano-dollars, and no cost as free", (nanoUsd, text) => {
		expect(toMoney(nanoUsd, "cost")).toBe(text);
	});

	it("shows thousandths of a dollar as credits, and nothing where the plan shows nothing", () => {
		expect(toMoney("1234567890", "credits")).toBe("1,234.57 credits");
		expect(toMoney("412", "credits")).toBe("0.00041 credits");
		expect(toMoney("41", "credits")).toBe("< 0.0001 credits");
		expect(toMoney("5", "none")).toBeNull();
	});
});

describe("toExactMoney", () => {
	it.each([
		["0", "$0.00"],
		["12450", "$0.00001245"],
		["0.5", "$0.0000000005"],
		["1000000000", "$1.00"],
		["-1", "-$0.000000001"],
	])("keeps every digit of %s", (nanoUsd, text) => expect(toExactMoney(nanoUsd, "cost")).toBe(text));

	it("keeps every digit of credits", () =>
		expect(toExactMoney("1500000.25", "credits")).toBe("1.50000025 credits"));
});

describe("limits", () => {
	it("are used in whole percent, rounded down; a limit of nothing is used up, a credit is no use", () => {
		expect(toPercent({ ...limit, limit: "1000", used: "799", reserved: "0" })).toBe(79);
		expect(toPercent({ ...limit, limit: "1000", used: "700", reserved: "300" })).toBe(100);
		expect(toPercent({ ...limit, limit: "0", used: "0" })).toBe(100);
		expect(toPercent({ ...limit, limit: "10", used: "-5" })).toBe(0);
		expect(toPercent({ ...limit, limit: null, used: "5" })).toBeNull();
	});

	it("are told by the one that ends first", () => {
		const plan: UsageLimits = {
			planId: "p",
			timeZone: "UTC",
			softLimitPercent: 80,
			receipt: "cost",
			streams: 0,
			requestsPerMinute: 1,
			concurrentStreams: 1,
			limits: [
				{ ...limit, limit: "100", used: "10" },
				{ ...limit, limit: "100", used: "90" },
				{ ...limit, limit: null, used: "999" },
			],
		};
		expect(findTightest(plan)?.percent).toBe(90);
		expect(findTightest({ ...plan, limits: [] })).toBeNull();
	});
});

describe("instants", () => {
	it("say when a limit resets in the person's zone", () => {
		expect(toResetWords("2026-11-25T00:00:00.000Z", "Europe/Berlin")).toBe("Wed, Nov 25 at 01:00 GMT+1");
		expect(toResetWords("2026-11-25T00:00:00.000Z", "America/New_York")).toBe("Tue, Nov 24 at 19:00 EST");
	});

	it("know months and their days", () => {
		expect(toMonth(new Date("2026-10-31T23:30:00Z"), "Europe/Berlin")).toBe("2026-11");
		expect(toMonthsBefore("2026-02", 4)).toEqual(["2026-02", "2026-01", "2025-12", "2025-11"]);
		expect(toDays("2028-02").at(-1)).toBe("2028-02-29");
	});
});
