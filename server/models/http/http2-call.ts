import { constants, type IncomingHttpHeaders } from "node:http2";
import type { Http2Call } from "./http2-sessions.ts";
import { toDecoded, toReader, toResponse } from "./response-body.ts";

/** Headers of a connection, which HTTP/2 forbids in a request (RFC 9113, 8.2.2). */
const connectionHeader = /^(connection|host|keep-alive|transfer-encoding|upgrade|proxy-connection)$/;

/**
 * Makes one call on a stream of a shared connection. An abort resets that stream alone. Rejects as fetch does, also when the
 * connection ends before the headers (GOAWAY, a reset): nothing is sent twice.
 */
export function sendOverHttp2(shared: Http2Call, url: URL, init: RequestInit): Promise<Response> {
	const { promise, resolve, reject } = Promise.withResolvers<Response>();
	const { signal } = init;
	const body = typeof init.body === "string" ? init.body : undefined;
	const fail = (cause: unknown) => reject(new TypeError("fetch failed", { cause }));
	try {
		const stream = shared.session.request(toHeaders(url, init, body), {
			endStream: body === undefined,
			signal: signal ?? undefined,
		});
		let hasResponse = false;
		const bodyEnd = {
			leave: () => stream.close(constants.NGHTTP2_CANCEL),
			// A stream that was reset ends like one that is complete.
			isWhole: () => stream.rstCode === constants.NGHTTP2_NO_ERROR,
		};
		stream.on("error", (cause) => {
			// The caller gave up without an answer, as at its deadline: the connection may be dead.
			if (!hasResponse && signal?.aborted) shared.checkAlive();
			fail(cause);
		});
		stream.once("close", () => {
			shared.end();
			fail(Object.assign(new Error("The stream was closed."), { code: "ECONNRESET" }));
		});
		stream.once("response", (headers) => {
			hasResponse = true;
			const encoding = headers["content-encoding"];
			const head = { status: headers[":status"] ?? 0, statusText: "", headers: toFetchHeaders(headers) };
			resolve(toResponse(head, toReader(toDecoded(stream, encoding), bodyEnd)));
		});
		if (body !== undefined) stream.end(body);
	} catch (cause) {
		shared.end();
		fail(cause);
	}
	return promise;
}

function toHeaders(url: URL, init: RequestInit, body: string | undefined): Record<string, string> {
	const own = Array.from(new Headers(init.headers)).filter(([name]) => !connectionHeader.test(name));
	return {
		":method": init.method ?? "GET",
		":path": `${url.pathname}${url.search}`,
		"accept-encoding": "identity",
		...Object.fromEntries(own),
		...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
	};
}

function toFetchHeaders(headers: IncomingHttpHeaders): Headers {
	const result = new Headers();
	for (const [name, value] of Object.entries(headers)) {
		if (name.startsWith(":") || value === undefined) continue;
		result.set(name, Array.isArray(value) ? value.join(", ") : String(value));
	}
	return result;
}
