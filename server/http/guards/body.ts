import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "../../contract/errors.ts";

/** Bytes of a request's body. A sign-in form is an email address, a password and a token. */
const bodyBytesMax = { auth: 16 * 1024, others: 1024 * 1024 } as const;
/** A body that does not arrive in this time is refused. */
const bodyTimeoutMs = 30_000;

export const toBodyBytesMax = (path: string): number =>
	path.startsWith("/api/auth/") ? bodyBytesMax.auth : bodyBytesMax.others;

/** The signal of requests without a body, which are most. */
const never = new AbortController().signal;

/**
 * Counts the bytes of a body, declared or chunked, for every route. Node hands each piece to `push` before anything can read
 * it, so the count also holds for bodies that next-auth or Next read by themselves. Past the cap the rest is discarded and the
 * returned signal aborts. Call it before the body begins to arrive, and answer with `endRefused`.
 */
export function limitBody(request: IncomingMessage, bytesMax: number): AbortSignal {
	const { "content-length": declared, "transfer-encoding": framing } = request.headers;
	if (declared === undefined && framing === undefined) return never;
	const excess = new AbortController();
	if (Number(declared ?? 0) > bytesMax) excess.abort();
	const push = request.push.bind(request);
	let bytes = 0;
	request.push = (piece: Buffer | null, encoding?: BufferEncoding) => {
		if (piece === null) return push(piece);
		bytes += piece.length;
		if (bytes > bytesMax) excess.abort();
		return excess.signal.aborted || push(piece, encoding);
	};
	return excess.signal;
}

/** How long the rest of a refused body is discarded before its connection is closed. */
const lingerMs = 300;

/**
 * Ends a response to a body that is too large, and then its connection. A client that is still sending would lose the answer if
 * the connection were closed at once: its data would be answered by a reset.
 */
export function endRefused(response: ServerResponse, body: string): void {
	response.write(body);
	const timer = setTimeout(() => response.end(), lingerMs);
	response.once("close", () => clearTimeout(timer));
}

/**
 * Reads a whole body whose bytes `limitBody` counts.
 *
 * @throws AppError `payload_too_large`, `timeout`, `invalid_request` when the body breaks off.
 */
export function readBody(request: IncomingMessage, tooLarge: AbortSignal): Promise<Buffer> {
	const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
	const refuse = () => reject(new AppError("payload_too_large", "The body is too large."));
	if (tooLarge.aborted) refuse();
	else tooLarge.addEventListener("abort", refuse, { once: true });
	const parts: Buffer[] = [];
	const timer = setTimeout(
		() => reject(new AppError("timeout", "The body did not arrive in time.")),
		bodyTimeoutMs,
	);
	request.on("data", (part: Buffer) => parts.push(part));
	request.once("end", () => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)));
	request.once("close", () => reject(new AppError("invalid_request", "The body broke off.")));
	return promise.finally(() => clearTimeout(timer));
}
