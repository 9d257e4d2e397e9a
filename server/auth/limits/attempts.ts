import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { AppError } from "../../contract/errors.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { RateLimit, RateStore } from "../../rates/index.ts";

/** Counts attempts per key. */
export interface Attempts {
	/** Counts one attempt. Returns 0, or the milliseconds to wait when no more is allowed now; then nothing is counted. */
	take(key: string): Promise<number>;
	/** Removes one attempt from the count, because it succeeded or never happened. */
	giveBack(key: string): Promise<void>;
	/** Removes all attempts from the count. */
	clear(key: string): Promise<void>;
}

/** Counts in a window that opens with the first attempt. Lives in this process and holds 10,000 keys. */
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

/**
 * Slows down instead of locking: attempts beyond `burst` are allowed at the pace of `pace`. Guessing becomes slow, and the right
 * password is refused for no longer than the window of `pace`.
 */
export function createSlowdown(burst: Attempts, pace: Attempts): Attempts {
	return {
		take: async (key) => ((await burst.take(key)) === 0 ? 0 : await pace.take(key)),
		async giveBack(key) {
			await Promise.all([burst.giveBack(key), pace.giveBack(key)]);
		},
		async clear(key) {
			await Promise.all([burst.clear(key), pace.clear(key)]);
		},
	};
}

/** A limit that all instances count together, and its name in the shared store. */
export interface SharedCount {
	readonly store: RateStore;
	readonly name: string;
	readonly limit: RateLimit;
}

/**
 * Attempts counted for all instances. While the store does not answer, `fallback` decides: a stricter limit of this process,
 * which also counted what went before, so that an attacker gains no guesses by cutting a server off from its store.
 */
export function createSharedAttempts({ store, name, limit }: SharedCount, fallback: Attempts): Attempts {
	// The store does not get email addresses and client addresses as they are.
	const toKey = (key: string) =>
		`${name}:${createHash("sha256").update(key).digest("base64url").slice(0, 22)}`;
	return {
		async take(key) {
			const verdict = await store.take(toKey(key), limit);
			if (verdict.outcome === "deny") return verdict.retryAfterMs;
			const ownWaitMs = await fallback.take(key);
			return verdict.outcome === "unknown" ? ownWaitMs : 0;
		},
		async giveBack(key) {
			await Promise.all([store.giveBack(toKey(key), limit), fallback.giveBack(key)]);
		},
		async clear(key) {
			await Promise.all([store.clear(toKey(key), limit), fallback.clear(key)]);
		},
	};
}

/** One attempt that is counted under several limits, each with its key. */
export type CountedUnder = readonly (readonly [limit: Attempts, key: string])[];

/**
 * Counts one attempt under every limit in turn, or under none when one of them refuses it. Otherwise refused attempts would
 * fill the limits of others, such as the whole account's.
 *
 * @throws AppError `rate_limited` with `details.retryAfterMs`.
 */
export async function takeAttempt(counted: CountedUnder): Promise<void> {
	const taken: (readonly [Attempts, string])[] = [];
	for (const [limit, key] of counted) {
		const retryAfterMs = await limit.take(key);
		if (retryAfterMs > 0) {
			await Promise.all(taken.map(([earlier, earlierKey]) => earlier.giveBack(earlierKey)));
			requireNoWait(retryAfterMs);
		}
		taken.push([limit, key]);
	}
}

/** @throws AppError `rate_limited` with `details.retryAfterMs`, when there is a time to wait. */
export function requireNoWait(retryAfterMs: number): void {
	if (retryAfterMs <= 0) return;
	throw new AppError("rate_limited", "Too many attempts.", { details: { retryAfterMs } });
}
