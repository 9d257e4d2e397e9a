import { createHash } from "node:crypto";

/** The Redis commands that rate limits need. Every call rejects after a while when Redis does not answer. */
export interface RedisClient {
	evalsha(hash: string, keys: string[], args: unknown[]): Promise<unknown>;
	eval(script: string, keys: string[], args: unknown[]): Promise<unknown>;
	mget(...keys: string[]): Promise<unknown[]>;
	del(...keys: string[]): Promise<unknown>;
	ping(): Promise<unknown>;
	close(): Promise<void>;
}

/** Uses Upstash's REST protocol when there is a token, else the Redis protocol. */
export const connect = ({ url, token }: { url: string; token: string | null }): Promise<RedisClient> =>
	token === null ? connectRedis(url) : connectUpstash({ url, token });

/** Milliseconds after which a command or a connection attempt without an answer fails. */
const giveUpMs = 1_000;

/**
 * A connection to plain Redis that neither queues nor repeats commands: without a connection a command fails at once.
 *
 * @param url redis:// or rediss://
 */
async function connectRedis(url: string): Promise<RedisClient> {
	const { Redis } = await import("ioredis");
	const redis = new Redis(url, {
		enableOfflineQueue: false,
		autoResendUnfulfilledCommands: false,
		maxRetriesPerRequest: 0,
		connectTimeout: giveUpMs,
		socketTimeout: giveUpMs,
		retryStrategy: (times) => Math.min(50 * 2 ** times, giveUpMs),
	});
	// Failed commands report the failure; without a listener ioredis prints every connection attempt.
	redis.on("error", () => undefined);
	const plain = new Map<string, { script: string; hash: string }>();
	const run = ({ script, hash }: { script: string; hash: string }, keys: string[], args: string[]) =>
		redis.evalsha(hash, keys.length, ...keys, ...args).catch((error: unknown) => {
			if (!String(error).includes("NOSCRIPT")) throw error;
			return redis.eval(script, keys.length, ...keys, ...args);
		});
	return {
		/** `hash` is of the original script; Redis runs the plain one. */
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

/** Redis over Upstash's REST protocol, one request per command. */
async function connectUpstash(address: { url: string; token: string }): Promise<RedisClient> {
	const { Redis } = await import("@upstash/redis");
	const redis = new Redis({
		...address,
		retry: false,
		enableTelemetry: false,
		enableAutoPipelining: false,
		// A function, because a signal that is passed directly makes the client return an abort as an answer.
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

/** Removes the first line `#!lua flags=...`, whose flag only Upstash knows and plain Redis 7 refuses. */
const toPlainScript = (script: string): string => script.replace(/^#!lua[^\n]*\n/, "");

const toSha1 = (text: string): string => createHash("sha1").update(text).digest("hex");
