import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import { createHttp2Sessions, type Http2Call } from "./http2-sessions.ts";

/** Limits for the connections of one origin. They are no settings: each figure follows from how providers behave. */
export const poolLimits = {
	/** Without HTTP/2 each call holds one; a further call waits for one, and its deadline runs meanwhile. */
	connectionsMax: 512,
	/** Calls on one HTTP/2 connection, or fewer if the provider says so: when it breaks, all of them break. */
	streamsMax: 100,
	/** Connections that stay open after a burst of calls. */
	idleMax: 128,
	/** Less than the 60 s after which load balancers close idle connections; a shorter `Keep-Alive` of the provider wins. */
	idleMs: 55_000,
	/** No older connection is used again, so a provider that moves to another address is followed within this time. */
	lifetimeMs: 120_000,
	/** After so much idle time the provider may have closed the connection; the pool looks before it is used again. */
	maybeClosedMs: 100,
};

export type PoolLimits = typeof poolLimits;

/** Connections that are kept open, by origin. Each new connection resolves its host name. */
export interface ConnectionPool {
	/** Reserves a stream on an HTTP/2 connection and opens one if needed; null where it is not offered. Rejects as connecting does. */
	takeHttp2(url: URL): Promise<Http2Call | null>;
	agentFor(url: URL): http.Agent;
	/** Takes note of a new connection that a request opened. */
	adopt(url: URL, connection: Duplex): void;
	/** Whether the connection that the next request would get may have been closed by the provider while it was idle. */
	mayBeClosed(url: URL): boolean;
	/** Whether an open connection stays usable for so long. Idle ones that do not are closed. */
	isWarm(url: URL, forMs: number): boolean;
	/** Closes idle connections now, and each other one when its answer has ended. */
	close(): void;
}

interface Connection {
	readonly origin: string;
	readonly openedAtMs: number;
	/** Null during a call. */
	idleSinceMs: number | null;
}

/** Opens no connection by itself. `lookup` resolves host names; `dns.lookup` by default. */
export function createConnectionPool(
	options: { readonly limits?: Partial<PoolLimits>; readonly lookup?: LookupFunction } = {},
): ConnectionPool {
	const limits = { ...poolLimits, ...options.limits };
	const connections = new Map<Duplex, Connection>();
	const sessions = createHttp2Sessions({ limits, lookup: options.lookup });
	let isClosed = false;

	const agentOptions = toAgentOptions(limits, options.lookup);
	const agents = {
		plain: withLimits(new http.Agent(agentOptions)),
		tls: withLimits(new https.Agent(agentOptions)),
	};

	/** Notes when a connection becomes idle and when it is used again, through the two methods that Node offers for it. */
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
		// HTTP/2 is chosen by ALPN, which plain HTTP and proxies do not have.
		takeHttp2: async (url) =>
			url.protocol === "https:" && !agentOptions.proxyEnv ? sessions.take(url) : null,
		agentFor: (url) => (url.protocol === "https:" ? agents.tls : agents.plain),
		adopt(url, socket) {
			if (connections.has(socket)) return;
			connections.set(socket, { origin: url.origin, openedAtMs: performance.now(), idleSinceMs: null });
			socket.once("close", () => connections.delete(socket));
		},
		mayBeClosed(url) {
			let latestMs = sessions.idleSinceMs(url);
			for (const { origin, idleSinceMs } of connections.values())
				if (idleSinceMs !== null && origin === url.origin) latestMs = Math.max(latestMs, idleSinceMs);
			return latestMs + limits.maybeClosedMs <= performance.now() && Number.isFinite(latestMs);
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

/** As: Node's types leave `noDelay` out. */
function toAgentOptions(limits: PoolLimits, lookup: LookupFunction | undefined) {
	return {
		keepAlive: true,
		noDelay: true,
		scheduling: "lifo",
		timeout: limits.idleMs,
		lookup,
		maxSockets: limits.connectionsMax,
		maxFreeSockets: limits.idleMax,
		proxyEnv: findProxyEnv(),
	} as https.AgentOptions;
}

/** The proxy settings that NODE_USE_ENV_PROXY=1 gave the process's own agents. As: Node's types leave `options` out. */
const findProxyEnv = () => (http.globalAgent as unknown as { options: https.AgentOptions }).options.proxyEnv;
