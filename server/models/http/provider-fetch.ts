import { errorBodyBytesMax, ProviderError } from "../wires/provider-error.ts";
import { toResponse } from "./response-body.ts";

/** Fits 128,000 tokens in events of 500 bytes each; stops a compressed stream that inflates without end. */
const answerBytesMax = 64 * 1024 * 1024;

/** For the body of an error: the status says enough if the body does not arrive in time. */
const errorBodyTimeoutMs = 2_000;

/** What is known of a response before the AI SDK has read any of it. */
export interface ResponseStart {
	readonly headers: Record<string, string>;
}

/** By abort signal: of a call, the AI SDK passes only this unchanged to fetch. */
export type ResponseWatchers = WeakMap<AbortSignal, (start: ResponseStart) => void>;

/**
 * The `fetch` of all providers. It checks a response before any wire reads it: redirects are refused (a key must not travel to
 * another host), the body of an error is read to 2 KB, a page instead of an answer is an error, and an answer ends at 64 MB.
 *
 * @throws ProviderError `connect` (also when the call was aborted), `http` or `parse`.
 */
export function createProviderFetch(baseFetch: typeof fetch, watchers: ResponseWatchers): typeof fetch {
	return async (input, init) => {
		const response = await connect(baseFetch, input, init);
		const headers = Object.fromEntries(response.headers);
		if (!response.ok) {
			const body = await readStart(response, errorBodyBytesMax);
			const message = `The provider answered with HTTP ${response.status}.`;
			throw new ProviderError("http", message, { status: response.status, headers, body });
		}
		if (isDocument(headers["content-type"])) {
			const body = await readStart(response, errorBodyBytesMax);
			const message = "The provider sent a document instead of an event stream.";
			throw new ProviderError("parse", message, { status: response.status, headers, body });
		}
		if (init?.signal) watchers.get(init.signal)?.({ headers });
		return withByteLimit(response);
	};
}

async function connect(
	baseFetch: typeof fetch,
	...[input, init]: Parameters<typeof fetch>
): Promise<Response> {
	try {
		return await baseFetch(input, { ...init, redirect: "manual" });
	} catch (cause) {
		throw new ProviderError("connect", `The provider cannot be reached: ${toReason(cause)}.`, { cause });
	}
}

/** The code of the cause (ECONNREFUSED, ENOTFOUND, a TLS code): the message is always `fetch failed`. */
function toReason(error: unknown): string {
	const cause = error instanceof Error ? error.cause : undefined;
	if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
	return error instanceof Error ? error.message : "unknown";
}

/** Servers label event streams as `text/plain`, `application/json` or not at all, but never as a page. */
const isDocument = (contentType: string | undefined): boolean =>
	/^\s*(text\/html|application\/(xhtml\+)?xml|text\/xml)\b/i.test(contentType ?? "");

/** Reads the first `bytesMax` bytes of a body as text and drops the rest with its connection. Never throws. */
export async function readStart(
	response: Response,
	bytesMax: number,
	timeoutMs = errorBodyTimeoutMs,
): Promise<string> {
	const reader = response.body?.getReader();
	if (!reader) return "";
	const giveUp = setTimeout(() => reader.cancel().catch(() => undefined), timeoutMs);
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	try {
		while (bytes < bytesMax) {
			const { done, value } = await reader.read();
			if (done) break;
			chunks.push(value);
			bytes += value.byteLength;
		}
	} catch {
		// What has arrived before the break is returned.
	} finally {
		clearTimeout(giveUp);
		reader.cancel().catch(() => undefined);
	}
	return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, bytesMax), { stream: true });
}

/** The same response; its body fails when it is longer than the limit. */
function withByteLimit(response: Response): Response {
	const reader = response.body?.getReader();
	if (!reader) return response;
	let bytes = 0;
	return toResponse(response, {
		async read() {
			const result = await reader.read();
			bytes += result.value?.byteLength ?? 0;
			if (bytes > answerBytesMax) {
				reader.cancel().catch(() => undefined);
				throw new ProviderError("stream", `The answer is longer than ${answerBytesMax} bytes.`);
			}
			return result;
		},
		cancel: (reason) => reader.cancel(reason),
		releaseLock: () => reader.releaseLock(),
	});
}
