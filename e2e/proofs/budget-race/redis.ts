import { startChaosProxy } from "../../../server/testing/servers/chaos-proxy.ts";
import { hasRedis, startRedis } from "../../../server/testing/servers/redis.ts";

/** A Redis that can be taken away from all instances at once. */
export interface DoomedRedis {
	readonly url: string;
	/** How it is taken away, in words. */
	readonly fate: string;
	/** Takes it away for good. */
	takeAway(): Promise<void>;
}

/** A Redis of the run's own, which is killed, or the way to another one, which is cut. @throws when there is neither. */
export async function openRedis(url: string | null, stack: AsyncDisposableStack): Promise<DoomedRedis> {
	if (url !== null) return await openWay(new URL(url), stack);
	if (!hasRedis()) throw new Error("redis-server is not installed: name a Redis by --redis-url.");
	const redis = await startRedis();
	stack.defer(redis.close);
	return { url: redis.url, fate: "killed", takeAway: redis.kill };
}

async function openWay(url: URL, stack: AsyncDisposableStack): Promise<DoomedRedis> {
	const proxy = await startChaosProxy({ target: { host: url.hostname, port: Number(url.port || 6379) } });
	stack.defer(() => proxy.close());
	const way = new URL(url);
	[way.hostname, way.port] = ["127.0.0.1", String(proxy.port)];
	return {
		url: way.href,
		fate: "cut off",
		async takeAway() {
			proxy.set({ isRefusing: true });
			proxy.resetAll();
		},
	};
}
