import { expect, it } from "vitest";
import { toBackoffMs } from "./backoff.ts";

it("differs between calls that failed together", () => {
	const waits = Array.from({ length: 100 }, () => toBackoffMs(4, Math.random));
	expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(2_000);
});

it.each([
	[0, 499],
	[1, 999],
	[4, 7_999],
	[5, 7_999],
	[2_000, 7_999],
])("before retry %i anything from 0 to %i ms", (retries, msMax) => {
	expect(toBackoffMs(retries, () => 0)).toBe(0);
	expect(toBackoffMs(retries, () => 1 - 1e-9)).toBe(msMax);
});
