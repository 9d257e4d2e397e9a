import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { AppError } from "../../contract/errors.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { RateLimit, RateStore } from "../../rates/index.ts";

/** Counts attempts per key. */
export interface Attempts {
	/** Counts one attempt. Returns 0, or the milliseconds to wait when the window is full; then nothing is counted. */
	take(key: string): Promise<number>;
	/** Uncounts one attempt that turned out well. */
	giveBack(key: string): Promise<void>;
	/** Starts afresh. */
	clear(key: string): Promise<void>;
}

/** In a window that opens with the first attempt. Lives in this process, holds 10,000 keys. */
export function createAttempts({ max, windowMs, clock }: RateLimit & { clock: Clock }): Attempts {
	const windows = new LRUCache<string, { count: number; readonly startedAtMs: number }>({ max: 10_000 });
	return {
		async take(key) {
			const nowMs = clock.elapsed();
			const current = windows.get(key);
			if (!current || nowMs - current.startedAtMs >= windowMs) {
				windows.set(key, { count: 1, startedAtMs: nowMs });
				return 0;
			}
			if (current.count >= max) return Math.ceil(current.startedAtMs + windowMs - nowMs);
			current.count += 1;
			return 0;
		},
		async giveBack(key) {
			const current = windows.get(key);
			if (current && current.count > 0) current.count -= 1;
		},
		clear: async (key) => void windows.delete(key),
	};
}

/** How a limit is counted for all instances, and under which name. */
export interface SharedCount {
	readonly store: RateStore;
	readonly name: string;
	readonly limit: RateLimit;
}

/**
 * Attempts counted for all instances. When the store does not know, `strict` decides: a limit of this process alone, which
 * has seen what went before, so that to cut a server off from its store wins nobody a guess.
 */
export function createSharedAttempts({ store, name, limit }: SharedCount, strict: Attempts): Attempts {
	// Addresses and names of people do not go into another store as they are.
	const toKey = (key: string) =>
		`${name}:${createHash("sha256").update(key).digest("base64url").slice(0, 22)}`;
	return {
		async take(key) {
			const verdict = await store.take(toKey(key), limit);
			if (verdict.outcome === "deny") return verdict.retryAfterMs;
			const ownWaitMs = await strict.take(key);
			return verdict.outcome === "unknown" ? ownWaitMs : 0;
		},
		async giveBack(key) {
			await Promise.all([store.giveBack(toKey(key), limit), strict.giveBack(key)]);
		},
		async clear(key) {
			await Promise.all([store.clear(toKey(key), limit), strict.clear(key)]);
		},
	};
}

/** Throws `rate_limited` with `details.retryAfterMs` when there is a time to wait. */
export function requireNoWait(retryAfterMs: number): void {
	if (retryAfterMs <= 0) return;
	throw new AppError("rate_limited", "Too many attempts.", { details: { retryAfterMs } });
}
