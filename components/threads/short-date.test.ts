import { describe, expect, it } from "vitest";
import { toShortDate } from "./short-date.ts";

const now = new Date(2026, 2, 1, 0, 30);

describe("toShortDate", () => {
	it.each([
		["today", new Date(2026, 2, 1, 0, 5), "Today"],
		["yesterday, also across the end of a month", new Date(2026, 1, 28, 23, 59), "Yesterday"],
		["the day of another week", new Date(2026, 1, 20), "Feb 20"],
		["the year of another one", new Date(2025, 11, 31), "Dec 31, 2025"],
	])("says %s", (_, at, words) => expect(toShortDate(at, now)).toBe(words));
});
