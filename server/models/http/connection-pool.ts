import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import { createHttp2Sessions, type Http2Call } from "./http2-sessions.ts";

/** Of each origin's connections. Not settable: nobody has needed other figures, and each has its reason here. */
export const poolLimits = {
	/** Live streams hold one each without HTTP/2; a call past them waits for one and its own deadline goes on. */
	connectionsMax: 512,
	/** On one HTTP/2 connection, or fewer if the provider says so: when it breaks, so many answers break with it. */
	streamsMax: 100,
	/** A burst that ends leaves so many open. */
	idleMax: 128,
	/** Below the 60 s after which load balancers hang up; a shorter time that the provider names is heeded. */
	idleMs: 55_000,
	/** A provider whose name has moved to another address is followed within this time: nothing older is used again. */
	lifetimeMs: 120_000,
	/** One that lay idle so long may have been hung up unnoticed, so its end is looked for before it is used. */
	quietMs: 100,
};

export type PoolLimits = typeof poolLimits;

/** Kept connections, apart for each origin. Names are resolved anew for every connection. */
export interface ConnectionPool {
	/** A place on an HTTP/2 connection, opened if need be; null where it is not offered. Rejects as connecting does. */
	takeHttp2(url: URL): Promise<Http2Call | null>;
	agentFor(url: URL): http.Agent;
	/** Called with the connection that a request got, when it is a new one. */
	adopt(url: URL, connection: Duplex): void;
	/** Whether the connection that the next request gets has been idle for a while. */
	isQuiet(url: URL): boolean;
	/** Whether one can be had without opening it, and for so long to come. Those that will not last are ended. */
	isWarm(url: URL, forMs: number): boolean;
	/** Ends what is idle now, and the rest with its answer. */
	close(): void;
}

interface Connection {
	readonly origin: string;
	readonly openedAtMs: number;
	/** Null while it carries a call. */
	idleSinceMs: number | null;
}

/** Opens nothing by itself. `lookup` resolves names, as `dns.lookup` does unless another is given. */
export function createConnectionPool(
	options: { readonly limits?: Partial<PoolLimits>; readonly lookup?: LookupFunction } = {},
): ConnectionPool {
	const limits = { ...poolLimits, ...options.limits };
	const connections = new Map<Duplex, Connection>();
	const proxyEnv = findProxyEnv();
	const sessions = createHttp2Sessions({ limits, lookup: options.lookup });
	let isClosed = false;

	const agentOptions: https.AgentOptions = {
		...{ keepAlive: true, noDelay: true, scheduling: "lifo", timeout: limits.idleMs, lookup: options.lookup },
		...{ maxSockets: limits.connectionsMax, maxFreeSockets: limits.idleMax },
		proxyEnv,
	};
	const agents = {
		plain: withLimits(new http.Agent(agentOptions)),
		tls: withLimits(new https.Agent(agentOptions)),
	};

	/** Hears when a connection becomes idle and when it is taken again, by the two methods that Node offers for it. */
	function withLimits<Agent extends http.Agent>(agent: Agent): Agent {
		const keep = agent.keepSocketAlive;
		const reuse = agent.reuseSocket;
		return Object.assign(agent, {
			keepSocketAlive(socket: Duplex & { timeout?: number; setTimeout(ms: number): void }) {
				const connection = connections.get(socket);
				const isKept: unknown = keep.call(agent, socket);
				if (isKept === false || isClosed || !connection) return false;
				const leftMs = limits.lifetimeMs - (performance.now() - connection.openedAtMs);
				if (leftMs < 1) return false;
				connection.idleSinceMs = performance.now();
				// The agent ends an idle connection at its timeout.
				if (leftMs < (socket.timeout || limits.idleMs)) socket.setTimeout(leftMs);
				return true;
			},
			reuseSocket(socket: Duplex, request: http.ClientRequest) {
				const connection = connections.get(socket);
				if (connection) connection.idleSinceMs = null;
				reuse.call(agent, socket, request);
			},
		});
	}

	const listIdle = (url: URL) =>
		Array.from(connections).flatMap(([socket, { origin, openedAtMs, idleSinceMs }]) =>
			origin === url.origin && idleSinceMs !== null ? [{ socket, openedAtMs, idleSinceMs }] : [],
		);

	return {
		// Through a proxy, and without TLS, nobody offers it.
		takeHttp2: async (url) => (url.protocol === "https:" && !proxyEnv ? sessions.take(url) : null),
		agentFor: (url) => (url.protocol === "https:" ? agents.tls : agents.plain),
		adopt(url, socket) {
			if (connections.has(socket)) return;
			connections.set(socket, { origin: url.origin, openedAtMs: performance.now(), idleSinceMs: null });
			socket.once("close", () => connections.delete(socket));
		},
		isQuiet(url) {
			let latestMs = sessions.idleSinceMs(url);
			for (const { origin, idleSinceMs } of connections.values())
				if (idleSinceMs !== null && origin === url.origin) latestMs = Math.max(latestMs, idleSinceMs);
			return latestMs + limits.quietMs <= performance.now() && Number.isFinite(latestMs);
		},
		isWarm(url, forMs) {
			const until = performance.now() + forMs;
			let isLasting = sessions.isWarm(url, until);
			for (const { socket, openedAtMs, idleSinceMs } of listIdle(url)) {
				const endsAtMs = Math.min(openedAtMs + limits.lifetimeMs, idleSinceMs + limits.idleMs);
				if (endsAtMs > until) isLasting = true;
				else socket.destroy();
			}
			return isLasting;
		},
		close() {
			isClosed = true;
			sessions.close();
			for (const [socket, { idleSinceMs }] of connections) if (idleSinceMs !== null) socket.destroy();
		},
	};
}

/** What NODE_USE_ENV_PROXY=1 made of the environment for the process's own agents. As: Node's types leave `options` out. */
const findProxyEnv = () => (http.globalAgent as unknown as { options: https.AgentOptions }).options.proxyEnv;
