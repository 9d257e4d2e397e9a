import { describe, expect, it } from "vitest";
import { groupThreads } from "./group-threads";

const now = new Date(2026, 2, 30, 9, 0);
const at = (...parts: [number, number, number, number?]) => ({
	activeAt: new Date(parts[0], parts[1], parts[2], parts[3] ?? 12).toISOString(),
});

describe("the list of chats by date", () => {
	it("groups by calendar days of the reader, not by 24 hours", () => {
		const groups = groupThreads(
			[
				at(2026, 2, 30, 0),
				at(2026, 2, 29, 23),
				at(2026, 2, 28),
				at(2026, 2, 23),
				at(2026, 2, 22),
				at(2026, 1, 3),
				at(2025, 1, 3),
			],
			{ now, zone: "local" },
		);
		expect(groups.map(({ key, threads }) => [key, threads.length])).toEqual([
			["today", 1],
			["yesterday", 1],
			["week", 2],
			["month", 1],
			["2026-1", 1],
			["2025-1", 1],
		]);
	});

	it("counts days right across a change of the clocks and for a clock that is behind", () => {
		expect(groupThreads([at(2026, 2, 31)], { now, zone: "local" })[0]?.key).toBe("today");
		expect(
			groupThreads([at(2026, 2, 28, 1)], { now: new Date(2026, 2, 29, 23), zone: "local" })[0]?.key,
		).toBe("yesterday");
	});

	it("counts everybody's days where the reader's zone is not known", () => {
		const noon = { now: new Date("2026-03-30T12:00:00Z"), zone: "utc" } as const;
		expect(groupThreads([{ activeAt: "2026-03-30T00:00:00Z" }], noon)[0]?.key).toBe("today");
		expect(groupThreads([{ activeAt: "2026-03-29T23:59:00Z" }], noon)[0]?.key).toBe("yesterday");
	});
});
