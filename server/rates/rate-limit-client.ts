import { createHash } from "node:crypto";

/** The few words of Redis that limits need. Every call rejects, sooner or later, when Redis does not answer. */
export interface RedisClient {
	evalsha(hash: string, keys: string[], args: unknown[]): Promise<unknown>;
	eval(script: string, keys: string[], args: unknown[]): Promise<unknown>;
	mget(...keys: string[]): Promise<unknown[]>;
	del(...keys: string[]): Promise<unknown>;
	ping(): Promise<unknown>;
	close(): Promise<void>;
}

/** By REST when there is a token, else by Redis's own protocol. */
export const connect = ({ url, token }: { url: string; token: string | null }): Promise<RedisClient> =>
	token === null ? connectRedis(url) : connectUpstash({ url, token });

/** Milliseconds until a question or a connection without an answer is given up. */
const giveUpMs = 1_000;

/**
 * A connection to plain Redis that never queues and never asks twice: what cannot be asked now is refused at once.
 *
 * @param url redis:// or rediss://
 */
async function connectRedis(url: string): Promise<RedisClient> {
	const { Redis } = await import("ioredis");
	const redis = new Redis(url, {
		...{ enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 },
		...{ connectTimeout: giveUpMs, socketTimeout: giveUpMs },
		retryStrategy: (times) => Math.min(50 * 2 ** times, giveUpMs),
	});
	// The questions that fail tell it; without a listener each attempt would be printed.
	redis.on("error", () => undefined);
	const plain = new Map<string, { script: string; hash: string }>();
	const run = ({ script, hash }: { script: string; hash: string }, keys: string[], args: string[]) =>
		redis.evalsha(hash, keys.length, ...keys, ...args).catch((error: unknown) => {
			if (!String(error).includes("NOSCRIPT")) throw error;
			return redis.eval(script, keys.length, ...keys, ...args);
		});
	return {
		/** By the hash of the script as it was written; what Redis runs is the plain one. */
		async evalsha(hash, keys, args) {
			const known = plain.get(hash);
			if (!known) throw new Error("NOSCRIPT");
			return await run(known, keys, args.map(String));
		},
		async eval(script, keys, args) {
			const known = { script: toPlainScript(script), hash: toSha1(toPlainScript(script)) };
			plain.set(toSha1(script), known);
			return await run(known, keys, args.map(String));
		},
		mget: (...keys) => redis.mget(...keys),
		del: (...keys) => redis.del(...keys),
		ping: () => redis.ping(),
		close: async () => redis.disconnect(),
	};
}

/** Redis by Upstash's REST protocol; one request for each question. */
async function connectUpstash(address: { url: string; token: string }): Promise<RedisClient> {
	const { Redis } = await import("@upstash/redis");
	const redis = new Redis({
		...address,
		retry: false,
		enableTelemetry: false,
		enableAutoPipelining: false,
		// As a function: a signal that is given as it is makes an answer out of the abort.
		signal: () => AbortSignal.timeout(giveUpMs),
	});
	return {
		evalsha: (hash, keys, args) => redis.evalsha(hash, keys, args),
		eval: (script, keys, args) => redis.eval(script, keys, args),
		mget: (...keys) => redis.mget(...keys),
		del: (...keys) => redis.del(...keys),
		ping: () => redis.ping(),
		close: async () => undefined,
	};
}

/** Without the first line `#!lua flags=...`, whose flag only Upstash knows and plain Redis 7 refuses. */
const toPlainScript = (script: string): string => script.replace(/^#!lua[^\n]*\n/, "");

const toSha1 = (text: string): string => createHash("sha1").update(text).digest("hex");
