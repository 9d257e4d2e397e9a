import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";
import { AppError } from "../errors.ts";

/** Counts attempts per key in a window that opens with the first one. Lives in this process, holds 10,000 keys. */
export interface Attempts {
	/** Counts one attempt. Returns 0, or the milliseconds to wait when the window is full; then nothing is counted. */
	take(key: string): number;
	/** Uncounts one attempt that turned out well. */
	giveBack(key: string): void;
	/** Starts afresh. */
	clear(key: string): void;
}

export function createAttempts(input: { max: number; windowMs: number; clock: Clock }): Attempts {
	const windows = new LRUCache<string, { count: number; readonly startedAtMs: number }>({ max: 10_000 });
	return {
		take(key) {
			const nowMs = input.clock.elapsed();
			const current = windows.get(key);
			if (!current || nowMs - current.startedAtMs >= input.windowMs) {
				windows.set(key, { count: 1, startedAtMs: nowMs });
				return 0;
			}
			if (current.count >= input.max) return Math.ceil(current.startedAtMs + input.windowMs - nowMs);
			current.count += 1;
			return 0;
		},
		giveBack(key) {
			const current = windows.get(key);
			if (current && current.count > 0) current.count -= 1;
		},
		clear: (key) => void windows.delete(key),
	};
}

/** Throws `rate_limited` with `details.retryAfterMs` when there is a time to wait. */
export function requireNoWait(retryAfterMs: number): void {
	if (retryAfterMs <= 0) return;
	throw new AppError("rate_limited", "Too many attempts.", { details: { retryAfterMs } });
}
