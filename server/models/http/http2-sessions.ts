import http2, { type ClientHttp2Session } from "node:http2";
import { isIP, type LookupFunction } from "node:net";
import tls from "node:tls";

/** A reserved stream on a shared connection. */
export interface Http2Call {
	readonly session: ClientHttp2Session;
	/** Releases the reservation. Must be called; further calls do nothing. */
	end(): void;
	/** Called after a call without an answer: closes the connection unless it answers a ping. */
	checkAlive(): void;
}

interface Limits {
	readonly streamsMax: number;
	readonly idleMs: number;
	readonly lifetimeMs: number;
}

interface Kept {
	readonly session: ClientHttp2Session;
	readonly openedAtMs: number;
	calls: number;
	idleSinceMs: number;
}

interface Origin {
	kept: Kept[];
	/** All callers wait for the one connection that is being opened. */
	opening: Promise<void> | null;
	isOffered: boolean;
}

/** For TCP, TLS and the provider's first settings. */
const connectTimeoutMs = 5_000;
const pingTimeoutMs = 2_000;

/**
 * Keeps HTTP/2 connections to each origin that chooses HTTP/2 by ALPN. The first call opens a connection; an origin that only speaks
 * HTTP/1.1 is remembered as such. A connection takes no further calls when it is old, full, or after a GOAWAY.
 */
export function createHttp2Sessions({ limits, lookup }: { limits: Limits; lookup?: LookupFunction }) {
	const origins = new Map<string, Origin>();
	const connecting = new Set<tls.TLSSocket>();

	function getOrigin(url: URL): Origin {
		const known = origins.get(url.origin);
		if (known) return known;
		const origin: Origin = { kept: [], opening: null, isOffered: true };
		origins.set(url.origin, origin);
		return origin;
	}

	const isUsable = ({ session, openedAtMs }: Kept) =>
		!session.closed && !session.destroyed && performance.now() - openedAtMs < limits.lifetimeMs;
	const hasRoom = (kept: Kept) =>
		isUsable(kept) &&
		kept.calls < Math.min(limits.streamsMax, kept.session.remoteSettings.maxConcurrentStreams ?? 100);

	async function open(url: URL, origin: Origin): Promise<void> {
		const session = await connect(url, { lookup, connecting });
		origin.isOffered = session !== null;
		if (!session) return;
		const kept = keep(session);
		origin.kept.push(kept);
		const forget = () => {
			origin.kept = origin.kept.filter((other) => other !== kept);
		};
		const retire = () => {
			forget();
			session.close();
		};
		session.on("error", forget);
		session.on("goaway", forget);
		session.setTimeout(limits.idleMs, retire);
		const old = setTimeout(retire, limits.lifetimeMs).unref();
		session.on("close", () => {
			clearTimeout(old);
			forget();
		});
	}

	return {
		/** Null where HTTP/2 is not offered. Rejects as connecting does. */
		async take(url: URL): Promise<Http2Call | null> {
			const origin = getOrigin(url);
			for (let opened = 0; origin.isOffered; opened += 1) {
				const kept = origin.kept.find(hasRoom);
				if (kept) return begin(kept);
				// A provider that allows no stream on its new connections offers no HTTP/2.
				if (opened > 3) return null;
				origin.opening ??= open(url, origin).finally(() => {
					origin.opening = null;
				});
				await origin.opening;
			}
			return null;
		},
		/** Since when the connection that the next call would get is idle; Infinity during a call, -Infinity without a connection. */
		idleSinceMs(url: URL): number {
			const kept = origins.get(url.origin)?.kept.find(hasRoom);
			if (!kept) return Number.NEGATIVE_INFINITY;
			return kept.calls > 0 ? Number.POSITIVE_INFINITY : kept.idleSinceMs;
		},
		isWarm: (url: URL, untilMs: number): boolean =>
			(origins.get(url.origin)?.kept ?? []).some(
				(kept) =>
					hasRoom(kept) &&
					Math.min(kept.openedAtMs + limits.lifetimeMs, kept.idleSinceMs + limits.idleMs) > untilMs,
			),
		/** Closes each connection after its last call, and one that is being opened at once. */
		close() {
			for (const socket of connecting) socket.destroy();
			for (const { kept } of origins.values()) for (const { session } of kept) session.close();
		},
	};
}

function keep(session: ClientHttp2Session): Kept {
	session.unref();
	return { session, openedAtMs: performance.now(), calls: 0, idleSinceMs: performance.now() };
}

function begin(kept: Kept): Http2Call {
	const { session } = kept;
	let isOver = false;
	kept.calls += 1;
	session.ref();
	return {
		session,
		end() {
			if (isOver) return;
			isOver = true;
			kept.calls -= 1;
			kept.idleSinceMs = performance.now();
			if (kept.calls === 0 && !session.destroyed) session.unref();
		},
		checkAlive() {
			if (session.destroyed) return;
			const timer = setTimeout(() => session.destroy(), pingTimeoutMs).unref();
			session.ping(() => clearTimeout(timer));
		},
	};
}

/** Opens a session and waits for its settings; null when the origin chose HTTP/1.1. */
function connect(
	url: URL,
	{ lookup, connecting }: { lookup: LookupFunction | undefined; connecting: Set<tls.TLSSocket> },
): Promise<ClientHttp2Session | null> {
	const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session | null>();
	const host = url.hostname.replace(/^\[|\]$/g, "");
	const socket = tls.connect({
		host,
		port: Number(url.port || 443),
		lookup,
		ALPNProtocols: ["h2", "http/1.1"],
		servername: isIP(host) ? undefined : host,
	});
	connecting.add(socket);
	const timeout = Object.assign(new Error("No connection in time."), { code: "ETIMEDOUT" });
	const timer = setTimeout(() => socket.destroy(timeout), connectTimeoutMs);
	socket.once("error", (cause) => reject(new TypeError("fetch failed", { cause })));
	socket.once("close", () =>
		reject(new TypeError("fetch failed", { cause: new Error("The connection was closed.") })),
	);
	socket.once("secureConnect", () => {
		socket.setNoDelay(true);
		if (socket.alpnProtocol !== "h2") {
			resolve(null);
			socket.destroy();
			return;
		}
		const session = http2.connect(url.origin, {
			createConnection: () => socket,
			settings: { enablePush: false },
		});
		session.once("remoteSettings", () => resolve(session));
		session.once("error", (cause) => reject(new TypeError("fetch failed", { cause })));
	});
	return promise.finally(() => {
		clearTimeout(timer);
		connecting.delete(socket);
	});
}
