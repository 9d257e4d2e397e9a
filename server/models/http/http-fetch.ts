import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import type { ConnectionPool } from "./connection-pool.ts";
import { sendOverHttp2 } from "./http2-call.ts";
import { toDecoded, toReader, toResponse } from "./response-body.ts";

/** For TCP and TLS. A host that does not complete a handshake in this time counts as down. */
const connectTimeoutMs = 5_000;

/**
 * `fetch` for calls of providers, over node:http2 where they offer it, else node:http, on kept connections. The global fetch wraps
 * every body in web streams, which costs about a fifth of reading an answer; this one returns the socket's chunks through a plain
 * reader. It follows no redirect and sends nothing twice: a kept connection that breaks during a call fails that call, because the
 * provider may have begun the work, and the caller counts attempts.
 *
 * Supports what providers need: string bodies, one reader per body, no cloning. Rejects as fetch does, with the cause's code.
 */
export function createHttpFetch(pool: ConnectionPool): typeof fetch {
	return async (input, init = {}) => {
		const url = new URL(input instanceof Request ? input.url : input);
		if (pool.mayBeClosed(url)) await readClosings();
		const shared = await takeHttp2(pool, url, init.signal);
		return shared ? sendOverHttp2(shared, url, init) : send(pool, url, init);
	};
}

/** A caller that aborts while a connection is being opened does not wait for it; other calls may still use it. */
async function takeHttp2(pool: ConnectionPool, url: URL, signal: AbortSignal | null | undefined) {
	if (url.protocol !== "https:") return null;
	const taking = pool.takeHttp2(url);
	if (!signal) return taking;
	const { promise, resolve, reject } = Promise.withResolvers<Awaited<typeof taking>>();
	const leave = () => {
		reject(new TypeError("fetch failed", { cause: signal.reason }));
		taking.then((shared) => shared?.end()).catch(() => undefined);
	};
	if (signal.aborted) leave();
	signal.addEventListener("abort", leave, { once: true });
	taking.then(resolve, reject);
	return promise.finally(() => signal.removeEventListener("abort", leave));
}

/** Waits for one whole round of the event loop, in which Node reads the ends of connections that were closed before. */
async function readClosings(): Promise<void> {
	await setImmediate();
	await setImmediate();
}

function send(pool: ConnectionPool, url: URL, init: RequestInit): Promise<Response> {
	const { promise, resolve, reject } = Promise.withResolvers<Response>();
	const request = (url.protocol === "https:" ? https : http).request(url, {
		agent: pool.agentFor(url),
		method: init.method ?? "GET",
		headers: { "accept-encoding": "identity", ...Object.fromEntries(new Headers(init.headers)) },
		signal: init.signal ?? undefined,
	});
	request.on("socket", (socket) => {
		if (!request.reusedSocket) pool.adopt(url, socket);
		if (socket.connecting) limitConnectTime(request, socket);
	});
	const fail = (cause: unknown) => reject(new TypeError("fetch failed", { cause }));
	request.on("error", fail);
	request.on("response", (message) => resolve(fromMessage(message)));
	// Neither a response nor an error came, as when the server switches protocols unasked.
	request.once("close", () =>
		fail(Object.assign(new Error("The request was closed."), { code: "ECONNRESET" })),
	);
	request.end(typeof init.body === "string" ? init.body : undefined);
	return promise;
}

function limitConnectTime(request: http.ClientRequest, socket: Socket): void {
	const timeout = Object.assign(new Error("No connection in time."), { code: "ETIMEDOUT" });
	const timer = setTimeout(() => request.destroy(timeout), connectTimeoutMs);
	socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", () => clearTimeout(timer));
	socket.once("close", () => clearTimeout(timer));
}

function fromMessage(message: http.IncomingMessage): Response {
	const headers = new Headers();
	for (const [name, value] of Object.entries(message.headers)) {
		if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
	}
	const status = message.statusCode ?? 0;
	return toResponse(
		{ status, statusText: message.statusMessage ?? "", headers },
		toReader(toDecoded(message, message.headers["content-encoding"])),
	);
}
