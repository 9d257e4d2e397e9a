import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { createBrotliDecompress, createInflate, createUnzip } from "node:zlib";
import type { ConnectionPool } from "./connection-pool.ts";

/** RELIABILITY's connect deadline, TLS included: a host that does not answer a handshake in this time is down for us. */
const connectTimeoutMs = 5_000;

/** Bytes that may wait for a reader before the provider is made to wait. */
const bufferBytesMax = 256 * 1024;

/**
 * `fetch` for calls of providers, over node:http and kept connections. The global fetch builds web streams around every
 * body, which costs about a fifth of reading an answer; this one hands out the socket's chunks through a plain reader. It
 * follows no redirect and sends nothing twice: a kept connection that breaks under a call fails it, because the provider may
 * have begun the work, and whoever counts attempts decides.
 *
 * Only what providers need: string bodies, one reader per body, no cloning. Rejects as fetch does, with the cause's code.
 */
export function createHttpFetch(pool: ConnectionPool): typeof fetch {
	return async (input, init = {}) => {
		const url = new URL(input instanceof Request ? input.url : input);
		if (pool.isQuiet(url)) await noticeEndings();
		return send(pool, url, init);
	};
}

/** One whole round of the event loop: a connection that was hung up before this moment is gone from the pool after it. */
async function noticeEndings(): Promise<void> {
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
	request.on("error", (cause) => reject(new TypeError("fetch failed", { cause })));
	request.on("response", (message) => resolve(fromMessage(message)));
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
		toReader(toDecoded(message)),
	);
}

/** Identity is asked for, but some gateways compress all the same. */
function toDecoded(message: http.IncomingMessage): Readable {
	const decoder = toDecoder(message.headers["content-encoding"]);
	if (!decoder) return message;
	message.on("error", (error) => decoder.destroy(error));
	decoder.on("close", () => message.destroy());
	return message.pipe(decoder);
}

function toDecoder(encoding: string | undefined) {
	switch (encoding?.trim().toLowerCase()) {
		case "gzip":
		case "x-gzip":
			return createUnzip();
		case "deflate":
			return createInflate();
		case "br":
			return createBrotliDecompress();
		default:
			return null;
	}
}

/** What a consumer of responses uses of a body's reader. */
export type ByteReader = Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel" | "releaseLock">;

type ReadResult = Awaited<ReturnType<ByteReader["read"]>>;

/** Whatever has arrived between two reads is one chunk: a busy process reads less often and larger. */
function toReader(stream: Readable): ByteReader {
	let waiting: PromiseWithResolvers<ReadResult> | null = null;
	let chunks: Buffer[] = [];
	let bytes = 0;
	let end: ReadResult | Error | null = null;
	const settle = () => {
		const reader = waiting;
		if (!reader) return;
		if (bytes > 0) {
			waiting = null;
			const value = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
			chunks = [];
			bytes = 0;
			stream.resume();
			// As: Node's types say ArrayBufferLike; a chunk of a socket or of zlib never lies in shared memory.
			reader.resolve({ done: false, value: value as Uint8Array<ArrayBuffer> });
		} else if (end) {
			waiting = null;
			if (end instanceof Error) reader.reject(end);
			else reader.resolve(end);
		}
	};
	const finish = (result: ReadResult | Error) => {
		end ??= result;
		settle();
	};
	stream.on("data", (chunk: Buffer) => {
		chunks.push(chunk);
		bytes += chunk.byteLength;
		if (bytes > bufferBytesMax) stream.pause();
		settle();
	});
	stream.on("end", () => finish({ done: true, value: undefined }));
	stream.on("error", (error) => finish(error));
	stream.on("close", () => finish(new Error("The connection was closed.")));
	return {
		read() {
			waiting = Promise.withResolvers();
			const { promise } = waiting;
			settle();
			return promise;
		},
		async cancel() {
			stream.destroy();
		},
		releaseLock: () => undefined,
	};
}

type ResponseHead = Pick<Response, "status" | "statusText" | "headers">;

/** A response around a reader of our own: every consumer in this room asks a body for nothing else. */
export function toResponse(head: ResponseHead, reader: ByteReader): Response {
	const { status, statusText, headers } = head;
	const body = { getReader: () => reader };
	// As: a Response cannot be built around a plain reader without a web stream in between.
	return { ok: status >= 200 && status < 300, status, statusText, headers, body } as unknown as Response;
}
