import { RateLimiterMemory } from "rate-limiter-flexible";
import type { RateStore } from "./rate-store.ts";

/**
 * Counts in this process alone, in windows that start with the first request: at most 2 x max - 1 in any true window. A denied
 * request is not counted. Never returns `unknown`.
 */
export function createMemoryRates(): RateStore {
	// The limit is passed with each call, so that a change of plan keeps the count; `points` and `duration` are not used.
	const counts = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 60 });
	const during = (windowMs: number) => ({ customDuration: windowMs / 1_000 });
	return {
		async take(key, { max, windowMs }) {
			const { consumedPoints, msBeforeNext } = await counts.penalty(key, 1, during(windowMs));
			const resetMs = Math.max(1, Math.ceil(msBeforeNext));
			if (consumedPoints <= max) return { outcome: "allow", remaining: max - consumedPoints, resetMs };
			await counts.reward(key, 1, during(windowMs));
			return { outcome: "deny", retryAfterMs: resetMs };
		},
		async giveBack(key, { windowMs }) {
			const counted = await counts.get(key);
			if (counted && counted.consumedPoints > 0) await counts.reward(key, 1, during(windowMs));
		},
		async clear(key) {
			await counts.delete(key);
		},
		async close() {},
	};
}
