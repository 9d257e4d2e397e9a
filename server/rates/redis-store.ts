import { setTimeout as sleep } from "node:timers/promises";
import { Ratelimit } from "@upstash/ratelimit";
import { LRUCache } from "lru-cache";
import type { RateLimit, RateStore, RateVerdict } from "./rate-store.ts";
import { connect, type RedisClient } from "./redis-client.ts";

/** Milliseconds that Redis has for a count, and for the second question after a denial. */
interface RedisTimeouts {
	readonly countMs: number;
	readonly waitMs: number;
}
/** 250 ms together. */
const timeouts: RedisTimeouts = { countMs: 200, waitMs: 50 };
/** Milliseconds between two pings while Redis does not answer. */
const pingMs = 500;
/** The pings at the start. */
const firstPings = 5;
const firstPingMs = 50;
const prefix = "parley:rate";

/** Gets one line when Redis stops answering, and one when it answers again. */
interface RateLog {
	warn(fields: Record<string, unknown>, message: string): void;
	info(fields: Record<string, unknown>, message: string): void;
}

/** Does not wait for the connection; until it is open, verdicts are `unknown`. */
export async function openSharedRates(
	address: { readonly url: string; readonly token: string | null },
	log: RateLog,
	within: RedisTimeouts = timeouts,
): Promise<RateStore> {
	return createSharedRates(await connect(address), log, within);
}

/**
 * Counts in Redis for all instances, in sliding windows by each instance's clock: at most 2 x max - 1 in any true window, or
 * 2 x max + max x s / window when clocks differ by s (up to a window). `unknown` when Redis does not answer within 250 ms, and
 * without a wait after that, until a ping in the background succeeds. No command is repeated.
 */
function createSharedRates(client: RedisClient, log: RateLog, within: RedisTimeouts): RateStore {
	// One for each limit; plans bound their number. The keys in Redis do not depend on the limit.
	const limiters = new LRUCache<string, Ratelimit>({ max: 1_000 });
	const link = createLink(client, log, within.countMs);
	const limiterFor = ({ max, windowMs }: RateLimit) => {
		const name = `${max}/${windowMs}`;
		const limiter = limiters.get(name) ?? createLimiter(client, { max, windowMs });
		limiters.set(name, limiter);
		return limiter;
	};

	async function ask(key: string, limit: RateLimit): Promise<RateVerdict> {
		const { success, remaining, reset } = await limiterFor(limit).limit(key);
		// The REST client may return the text of an error in place of a number.
		if (!Number.isFinite(remaining)) throw new TypeError("Redis did not return a number.");
		if (success) return { outcome: "allow", remaining, resetMs: Math.max(1, reset - Date.now()) };
		return { outcome: "deny", retryAfterMs: Math.max(1, reset - Date.now()) };
	}

	return {
		async take(key, limit) {
			if (limit.max < 1) return { outcome: "deny", retryAfterMs: limit.windowMs };
			const verdict = await link.ask(() => ask(key, limit));
			if (verdict?.outcome !== "deny") return verdict ?? { outcome: "unknown" };
			const exactMs = await inTime(findWaitMs(client, key, limit), within.waitMs).catch(() => null);
			return { outcome: "deny", retryAfterMs: exactMs ?? verdict.retryAfterMs };
		},
		async giveBack(key, limit) {
			await link.ask(() => limiterFor(limit).limit(key, { rate: -1 }));
		},
		async clear(key, { windowMs }) {
			await link.ask(() => client.del(...toWindowKeys(key, windowMs, Date.now())));
		},
		async close() {
			link.close();
			await client.close();
		},
	};
}

function createLimiter(redis: RedisClient, { max, windowMs }: RateLimit): Ratelimit {
	return new Ratelimit({
		// `as`: the type is a whole client of another package, of which the limiter calls two methods.
		redis: redis as unknown as ConstructorParameters<typeof Ratelimit>[0]["redis"],
		limiter: Ratelimit.slidingWindow(max, `${windowMs} ms`),
		prefix,
		// Its own timeout would allow every request; its cache is unbounded and would keep a denial after a change of plan.
		timeout: 0,
		ephemeralCache: false,
		analytics: false,
		enableTelemetry: false,
	});
}

/** The keys in which the limiter counts: this window and the one before. */
function toWindowKeys(key: string, windowMs: number, nowMs: number): [string, string] {
	const window = Math.floor(nowMs / windowMs);
	return [`${prefix}:${key}:${window}`, `${prefix}:${key}:${window - 1}`];
}

/**
 * Milliseconds until the next request fits, computed from the falling weight of the previous window. The limiter itself returns the
 * end of this window, which may be a minute too late.
 */
async function findWaitMs(client: RedisClient, key: string, { max, windowMs }: RateLimit): Promise<number> {
	const nowMs = Date.now();
	const [current = 0, previous = 0] = (await client.mget(...toWindowKeys(key, windowMs, nowMs))).map(Number);
	const passedMs = nowMs % windowMs;
	// The limiter rounds the weighted part down, so just below the remaining room is enough.
	const share = current >= max ? 1 : 1 - (max - current) / Math.max(previous, max - current);
	return Math.max(1, Math.ceil(share * windowMs - passedMs) + 1);
}

/** Knows whether Redis answers, so that no request waits for a Redis that does not. */
function createLink(client: RedisClient, log: RateLog, answerMs: number) {
	const closed = new AbortController();
	const { signal } = closed;
	let isDown = true;
	const pause = (ms: number) => sleep(ms, undefined, { ref: false, signal }).catch(() => undefined);
	const logDown = (reason: string) => {
		const details = { event: "rates.redis_down", reason };
		log.warn(details, "Redis does not answer: each process applies its share of the rate limits");
	};

	/** Pings until Redis answers. At the start, while the connection is being opened, the first failures are not logged. */
	async function awaitAnswer(wasLogged: boolean) {
		let isLogged = wasLogged;
		for (let ping = 1; isDown && !signal.aborted; ping++) {
			const failure = await inTime(client.ping(), answerMs).then(() => null, toReason);
			isDown = failure !== null;
			if (failure !== null && !isLogged && ping === firstPings) {
				isLogged = true;
				logDown(failure);
			}
			if (isDown) await pause(isLogged ? pingMs : firstPingMs);
		}
		if (isLogged && !isDown)
			log.info({ event: "rates.redis_up" }, "Redis answers again: rate limits are counted for all processes");
	}

	void awaitAnswer(false);
	return {
		/** The answer; null when there is none in time, and without a wait while Redis is known to be down. */
		async ask<Answer>(question: () => Promise<Answer>): Promise<Answer | null> {
			if (isDown) return null;
			try {
				return await inTime(question(), answerMs);
			} catch (error) {
				if (isDown || signal.aborted) return null;
				isDown = true;
				logDown(toReason(error));
				void pause(pingMs).then(() => awaitAnswer(true));
				return null;
			}
		},
		close: () => closed.abort(),
	};
}

const toReason = (error: unknown): string => (error instanceof Error ? error.message : "unknown");

/** @throws Error after `ms` without an answer. */
async function inTime<Answer>(answer: Promise<Answer>, ms: number): Promise<Answer> {
	const { promise, reject } = Promise.withResolvers<never>();
	const timer = setTimeout(() => reject(new Error(`No answer in ${ms} ms`)), ms);
	answer.catch(() => undefined);
	try {
		return await Promise.race([answer, promise]);
	} finally {
		clearTimeout(timer);
	}
}
