import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRateWindow, toConcurrencyShare, toShare } from "./rate-window.ts";

describe("a share of a limit", () => {
	it.each([
		[100, 1, { amount: 90, periodMs: 60_000 }],
		[100, 3, { amount: 30, periodMs: 60_000 }],
		[10, 4, { amount: 2, periodMs: 60_000 }],
		[1, 1, { amount: 1, periodMs: 60_000 / 0.9 }],
		[3, 27, { amount: 1, periodMs: 600_000 }],
	])(
		"of %i per minute is 90 %% among %i instances, stretched where it is less than one",
		(limit, instances, share) => {
			const { amount, periodMs } = toShare(limit, instances);
			expect(amount).toBe(share.amount);
			expect(periodMs).toBeCloseTo(share.periodMs, 6);
		},
	);

	it("never adds up to more than 90 % of a limit per minute over all instances", () => {
		const number = fc.integer({ min: 1, max: 1_000_000 });
		fc.assert(
			fc.property(number, fc.integer({ min: 1, max: 1_000 }), (limit, instances) => {
				const { amount, periodMs } = toShare(limit, instances);
				expect((amount * instances * 60_000) / periodMs).toBeLessThanOrEqual(limit * 0.9 + 1e-9);
			}),
		);
	});

	it.each([
		[1, 1, 1],
		[10, 1, 9],
		[10, 3, 3],
		[2, 4, 1],
	])("of %i calls at a time among %i instances is %i", (limit, instances, calls) => {
		expect(toConcurrencyShare(limit, instances)).toBe(calls);
	});
});

describe("a window", () => {
	const share = { amount: 10, periodMs: 60_000 };

	it("knows when the next amount fits, at most a quarter of a second late", () => {
		const window = createRateWindow();
		window.take(6, 1_000, 60_000);
		window.take(4, 5_100, 60_000);
		expect(window.waitMs(1, share, 6_000)).toBe(61_000 - 6_000);
		expect(window.waitMs(7, share, 6_000)).toBe(65_250 - 6_000);
		expect(window.waitMs(6, share, 61_000)).toBe(0);
	});

	it("admits an amount larger than the share when nothing else is counted", () => {
		const window = createRateWindow();
		expect(window.waitMs(50, share, 0)).toBe(0);
		window.take(50, 0, 60_000);
		expect(window.waitMs(1, share, 1)).toBe(59_999);
		expect(window.waitMs(50, share, 60_000)).toBe(0);
	});

	it("corrects what a call really took as soon as that is known", () => {
		const window = createRateWindow();
		const entryId = window.take(9, 0, 60_000);
		window.correct(entryId, -6);
		expect(window.waitMs(7, share, 1_000)).toBe(0);
		window.correct(entryId, -100);
		expect(window.waitMs(10, share, 1_000)).toBe(0);
		window.correct(123_456, 100);
		expect(window.waitMs(10, share, 1_000)).toBe(0);
	});

	it("never holds more than the share in any minute, however it is used, and few entries", () => {
		const steps = fc.array(fc.record({ afterMs: fc.nat(9_000), amount: fc.integer({ min: 1, max: 10 }) }), {
			maxLength: 200,
		});
		fc.assert(
			fc.property(steps, (asked) => {
				const window = createRateWindow();
				const taken: { atMs: number; amount: number }[] = [];
				let nowMs = 0;
				for (const { afterMs, amount } of asked) {
					nowMs += afterMs;
					if (window.waitMs(amount, share, nowMs) > 0) continue;
					window.take(amount, nowMs, share.periodMs);
					taken.push({ atMs: nowMs, amount });
				}
				for (const { atMs } of taken) {
					const minute = taken.filter((other) => other.atMs >= atMs && other.atMs < atMs + 60_000);
					expect(minute.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(share.amount);
				}
			}),
		);
	});
});
