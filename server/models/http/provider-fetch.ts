import { errorBodyBytesMax, ProviderError } from "../wires/provider-error.ts";
import { toResponse } from "./response-body.ts";

/** An answer of 128,000 tokens in single-token events of 500 bytes fits; a stream that inflates without end does not. */
const answerBytesMax = 64 * 1024 * 1024;

/** An error's status is worth more than its body: a body that does not come is given up. */
const errorBodyTimeoutMs = 2_000;

/** What a call learns of its response before the AI SDK has read any of it. */
export interface ResponseStart {
	readonly headers: Record<string, string>;
}

/** Calls by their abort signal: the only thing of a call that the AI SDK hands through to fetch untouched. */
export type ResponseWatchers = WeakMap<AbortSignal, (start: ResponseStart) => void>;

/**
 * The one fetch of all providers. It settles, before the AI SDK sees a response, what the SDK would read without a
 * limit or not notice: redirects are refused (a key must not travel to another host), an error's body is read to 2 KB, a
 * page in place of an answer is an error, and an answer ends at 64 MB.
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

/** `fetch failed` says nothing; its cause has the code (ECONNREFUSED, ENOTFOUND, a TLS code). */
function toReason(error: unknown): string {
	const cause = error instanceof Error ? error.cause : undefined;
	if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
	return error instanceof Error ? error.message : "unknown";
}

/** Servers label event streams in many ways (`text/plain`, `application/json`, nothing at all), but never as a page. */
const isDocument = (contentType: string | undefined): boolean =>
	/^\s*(text\/html|application\/(xhtml\+)?xml|text\/xml)\b/i.test(contentType ?? "");

/** Reads the first `bytesMax` bytes of a body as text, in time, and drops the rest with its connection. Never throws. */
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
		// A body that breaks off is still the start of a body.
	} finally {
		clearTimeout(giveUp);
		reader.cancel().catch(() => undefined);
	}
	return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, bytesMax), { stream: true });
}

/** The same response with a counted body. */
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
