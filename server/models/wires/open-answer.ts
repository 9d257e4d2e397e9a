import { isAppError } from "../../contract/errors.ts";
import type { ModelPart } from "../../contract/model-message.ts";
import { toRateHeaders, toRequestId } from "../http/headers.ts";
import type { ByteReader } from "../http/response-body.ts";
import { AnswerFold } from "./answer/answer-fold.ts";
import { createBodyEvents } from "./body/body-events.ts";
import { toEvents } from "./body/to-events.ts";
import { ProviderError } from "./provider-error.ts";
import type { Deployment } from "./request-shapes.ts";
import { sendAdapted } from "./send-adapted.ts";
import type { Wire, WireCall } from "./wire.ts";

/** How long to wait for the end of the response, so that its connection can be used again. */
const drainTimeoutMs = 1_000;

/** How long to wait for more events after the finish reason, when usage has come and when it has not. */
const settleTimeoutMs = { counted: 1_000, uncounted: 3_000 };

export interface OpenedWire {
	readonly wire: Wire;
	readonly deployment: Deployment;
}

/**
 * Reads one answer without the AI SDK, which costs more than the rest of a turn (web streams, a schema check per chunk) and fails on
 * everything it does not know. This reader skips what it does not know.
 *
 * Yields `response-start` when the response's headers arrive, and again if only the first event has the request's id; then text and
 * reasoning; then one `finish`. Once the provider has sent a finish reason, later failures do not count. A stream that ends without
 * one finishes as `unknown` without usage, unless the provider has both counted it and ended it with an end mark. The upstream
 * connection is closed when the signal aborts and when the consumer stops reading.
 *
 * @throws ProviderError for every failure of the provider; the signal's reason after an abort.
 */
export async function* openAnswer(
	call: WireCall,
	{ wire, deployment }: OpenedWire,
): AsyncGenerator<ModelPart, void, undefined> {
	call.signal.throwIfAborted();
	const upstream = new AbortController();
	const follow = () => upstream.abort(call.signal.reason);
	call.signal.addEventListener("abort", follow, { once: true });
	let isFinished = false;
	try {
		const response = await sendAdapted({ ...call, signal: upstream.signal }, { wire, deployment });
		const headers = Object.fromEntries(response.headers);
		const providerRequestId = toRequestId(headers);
		yield { type: "response-start", providerRequestId, rateHeaders: toRateHeaders(headers) };
		// As: the fetch of this room returns plain readers of bytes, and a successful response has a body.
		const reader = response.body?.getReader() as ByteReader;
		const { beginsWithReasoning } = deployment.shape();
		const fold = new AnswerFold({
			...wire.fold,
			beginsWithReasoning,
			hasRequestId: providerRequestId !== null,
		});
		const readEvents = createEventReader(wire, fold, response);
		let saidAtMs = performance.now();
		for (let isOpen = true; isOpen && !fold.isDone; ) {
			const chunk = fold.isSettled
				? await readSettled(reader, fold, saidAtMs)
				: ((await reader.read()).value ?? null);
			isOpen = chunk !== null;
			const error = readEvents(chunk);
			const parts = fold.take();
			if (parts.length > 0 || !fold.isSettled) saidAtMs = performance.now();
			for (const part of parts) yield part;
			if (error) throw error;
		}
		isFinished = true;
		drain(reader, upstream);
		fold.end();
		if (fold.beginsWithReasoning !== null)
			deployment.learn({ beginsWithReasoning: fold.beginsWithReasoning });
		for (const part of fold.take()) yield part;
	} catch (error) {
		if (call.signal.aborted) throw call.signal.reason;
		if (error instanceof ProviderError || isAppError(error)) throw error;
		throw new ProviderError("stream", "The answer broke off.", { cause: error });
	} finally {
		call.signal.removeEventListener("abort", follow);
		if (!isFinished) upstream.abort();
	}
}

/**
 * Returns a function that reads the events of a chunk, or of the body's end, into the fold. It returns a failure instead of throwing
 * it, so that the parts before the failure can be yielded first.
 */
function createEventReader(wire: Wire, fold: AnswerFold, response: Response) {
	const events = createBodyEvents();
	const read = wire.createReader(fold);
	const sink = { take: read, end: () => fold.endMark() };
	let isFirst = true;
	return (chunk: Uint8Array | null): ProviderError | null => {
		for (const data of chunk === null ? events.end() : events.push(chunk)) {
			if (fold.isDone) return null;
			try {
				toEvents(data, sink);
			} catch (error) {
				// As: readers throw nothing else.
				const failure = error as ProviderError;
				// The end of the body may cut an event; the missing finish reason then says that the answer is not complete.
				if (fold.isSettled || (chunk === null && failure.kind === "parse")) continue;
				return isFirst ? toFirstError(failure, response) : failure;
			}
			isFirst = false;
		}
		return null;
	};
}

/** An error document instead of a stream gets the status and the headers of its response. */
function toFirstError(error: ProviderError, { status, headers }: Response): ProviderError {
	if (!/\bjson\b/i.test(headers.get("content-type") ?? "")) return error;
	const message = "The provider sent an error instead of an answer.";
	return new ProviderError("parse", message, {
		status,
		headers: Object.fromEntries(headers),
		body: error.body,
		cause: error,
	});
}

/** The next chunk after the finish reason, or null at the end, which is also a broken connection or a wait without new parts. */
async function readSettled(
	reader: ByteReader,
	fold: AnswerFold,
	saidAtMs: number,
): Promise<Uint8Array | null> {
	const { promise: expiry, resolve } = Promise.withResolvers<null>();
	const waitMs = fold.hasUsage ? settleTimeoutMs.counted : settleTimeoutMs.uncounted;
	const timer = setTimeout(resolve, Math.max(0, saidAtMs + waitMs - performance.now()), null);
	try {
		const chunk = reader.read().then(({ value }) => value ?? null);
		return await Promise.race([chunk.catch(() => null), expiry]);
	} finally {
		clearTimeout(timer);
	}
}

/** Waits a moment for the end of the response; then closes its connection. */
function drain(reader: ByteReader, upstream: AbortController): void {
	const expiry = setTimeout(() => upstream.abort(), drainTimeoutMs).unref();
	const readOn = async () => {
		while (!(await reader.read()).done);
	};
	readOn()
		.catch(() => undefined)
		.finally(() => clearTimeout(expiry));
}
