import { setTimeout as sleep } from "node:timers/promises";
import { Ratelimit } from "@upstash/ratelimit";
import { LRUCache } from "lru-cache";
import { connect, type RedisClient } from "./rate-limit-client.ts";
import type { RateLimit, RateStore, RateVerdict } from "./rate-store.ts";

/** Ms that a question may take, and the second one of a denial: 250 in all. */
const answerMs = 200;
const waitAnswerMs = 50;
/** Ms between two looks at a Redis that is away. */
const lookMs = 500;
/** The looks at the start. */
const firstLooks = 5;
const firstLookMs = 50;
const prefix = "parley:rate";

/** Where it is told, once each time, that Redis went away or came back. */
export interface RateLog {
	warn(fields: Record<string, unknown>, message: string): void;
	info(fields: Record<string, unknown>, message: string): void;
}

/** Does not wait for the connection: until it stands, nobody knows. */
export async function openSharedRates(
	address: { readonly url: string; readonly token: string | null },
	log: RateLog,
): Promise<RateStore> {
	return createSharedRates(await connect(address), log);
}

/**
 * Counts in Redis for all instances, in sliding windows by the clock of each: at most 2 x max - 1 in any true window, or
 * 2 x max + max x s / window when clocks differ by s (up to a window). `unknown` when Redis did not answer within 250 ms;
 * from then on at once, until a look in the background finds it again. Nothing is asked twice.
 */
function createSharedRates(client: RedisClient, log: RateLog): RateStore {
	// One for each limit there is, which plans bound; the keys do not depend on it.
	const limiters = new LRUCache<string, Ratelimit>({ max: 1_000 });
	const link = createLink(client, log);
	const limiterFor = ({ max, windowMs }: RateLimit) => {
		const name = `${max}/${windowMs}`;
		const limiter = limiters.get(name) ?? createLimiter(client, { max, windowMs });
		limiters.set(name, limiter);
		return limiter;
	};

	async function ask(key: string, limit: RateLimit): Promise<RateVerdict> {
		const { success, remaining, reset } = await limiterFor(limit).limit(key);
		// What is no number was no answer: a client of the REST protocol may return the text of a failure.
		if (!Number.isFinite(remaining)) throw new TypeError("Redis answered with something else.");
		if (success) return { outcome: "allow", remaining, resetMs: Math.max(1, reset - Date.now()) };
		return { outcome: "deny", retryAfterMs: Math.max(1, reset - Date.now()) };
	}

	return {
		async take(key, limit) {
			if (limit.max < 1) return { outcome: "deny", retryAfterMs: limit.windowMs };
			const verdict = await link.within(() => ask(key, limit));
			if (verdict?.outcome !== "deny") return verdict ?? { outcome: "unknown" };
			const exactMs = await inTime(findWaitMs(client, key, limit), waitAnswerMs).catch(() => null);
			return { outcome: "deny", retryAfterMs: exactMs ?? verdict.retryAfterMs };
		},
		async giveBack(key, limit) {
			await link.within(() => limiterFor(limit).limit(key, { rate: -1 }));
		},
		async clear(key, { windowMs }) {
			await link.within(() => client.del(...toWindowKeys(key, windowMs, Date.now())));
		},
		async close() {
			link.close();
			await client.close();
		},
	};
}

function createLimiter(redis: RedisClient, { max, windowMs }: RateLimit): Ratelimit {
	return new Ratelimit({
		// Its type is a whole client of another package, of which it calls two methods.
		redis: redis as unknown as ConstructorParameters<typeof Ratelimit>[0]["redis"],
		limiter: Ratelimit.slidingWindow(max, `${windowMs} ms`),
		prefix,
		// Its own time limit lets everything pass; its cache would hold a denial past a change of plan, without bounds.
		timeout: 0,
		ephemeralCache: false,
		analytics: false,
		enableTelemetry: false,
	});
}

/** Where the limiter counts: this window, and the one before. */
function toWindowKeys(key: string, windowMs: number, nowMs: number): [string, string] {
	const window = Math.floor(nowMs / windowMs);
	return [`${prefix}:${key}:${window}`, `${prefix}:${key}:${window - 1}`];
}

/**
 * When the next one fits: the window before weighs less as time goes by. The limiter itself would name the end of this
 * window, which may be a minute too late.
 */
async function findWaitMs(client: RedisClient, key: string, { max, windowMs }: RateLimit): Promise<number> {
	const nowMs = Date.now();
	const [current = 0, previous = 0] = (await client.mget(...toWindowKeys(key, windowMs, nowMs))).map(Number);
	const passedMs = nowMs % windowMs;
	// The limiter rounds the weighted part down: just below the room that is left is enough.
	const share = current >= max ? 1 : 1 - (max - current) / Math.max(previous, max - current);
	return Math.max(1, Math.ceil(share * windowMs - passedMs) + 1);
}

/** Knows whether Redis answers, so that nobody waits for one that does not. */
function createLink(client: RedisClient, log: RateLog) {
	const closed = new AbortController();
	const { signal } = closed;
	let isAway = true;
	const pause = (ms: number) => sleep(ms, undefined, { ref: false, signal }).catch(() => undefined);
	const tellAway = (reason: string) =>
		log.warn({ reason }, "Redis is away: each process counts for itself, and limits are shared out.");

	/** Looks until Redis answers. The first looks of all, while the connection is being made, are no trouble. */
	async function lookOut(wasTold: boolean) {
		let isTold = wasTold;
		for (let look = 1; isAway && !signal.aborted; look++) {
			const failure = await inTime(client.ping(), answerMs).then(() => null, toReason);
			isAway = failure !== null;
			if (failure !== null && !isTold && look === firstLooks) {
				isTold = true;
				tellAway(failure);
			}
			if (isAway) await pause(isTold ? lookMs : firstLookMs);
		}
		if (isTold && !isAway) log.info({}, "Redis is back: limits are counted for all processes again.");
	}

	void lookOut(false);
	return {
		/** The answer; null when there is none in time, and at once while Redis is known to be away. */
		async within<Answer>(question: () => Promise<Answer>): Promise<Answer | null> {
			if (isAway) return null;
			try {
				return await inTime(question(), answerMs);
			} catch (error) {
				if (isAway || signal.aborted) return null;
				isAway = true;
				tellAway(toReason(error));
				void pause(lookMs).then(() => lookOut(true));
				return null;
			}
		},
		close: () => closed.abort(),
	};
}

const toReason = (error: unknown): string => (error instanceof Error ? error.message : "unknown");

/** @throws when it took longer than a question may. */
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
