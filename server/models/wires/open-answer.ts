import type { ModelPart } from "../../contract/turn.ts";
import { toRateHeaders, toRequestId } from "../http/headers.ts";
import type { ByteReader } from "../http/response-body.ts";
import { AnswerFold } from "./answer/answer-fold.ts";
import { createBodyEvents } from "./body/body-events.ts";
import { toEvents } from "./body/to-events.ts";
import { ProviderError } from "./provider-error.ts";
import type { Deployment } from "./request-shapes.ts";
import { sendAdapted } from "./send-adapted.ts";
import type { Wire, WireCall } from "./wire.ts";

/** How long an answer that has ended may keep its connection open, so that the next call can use it again. */
const drainTimeoutMs = 1_000;

/** How long usage or the end mark is awaited after the finish reason, with and without usage so far. */
const settleTimeoutMs = { counted: 1_000, uncounted: 3_000 };

export interface OpenedWire {
	readonly wire: Wire;
	readonly deployment: Deployment;
}

/**
 * Reads one answer without the AI SDK, whose web streams and per-chunk schemas cost more than all the rest of a turn, and which takes
 * whatever it does not know for a failure. Liberal in what it reads, strict in what it says:
 *
 * Yields `response-start` as soon as the response's headers are here, and once more if the request's id only comes in the first
 * event; then text and reasoning; then one `finish`. A finish reason settles the answer: no failure after it counts. A stream that
 * ends without one finishes as `unknown` without usage, unless its provider has said otherwise that it is whole. The upstream
 * connection is closed when the signal aborts and when the reader leaves.
 *
 * @throws ProviderError for whatever goes wrong outside; the signal's reason after an abort.
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
		// As: the providers' fetch hands out a plain reader of bytes, and a response that is ok has a body.
		const reader = response.body?.getReader() as ByteReader;
		const { beginsInThought } = deployment.shape();
		const fold = new AnswerFold({
			...wire.fold,
			beginsInThought,
			hasRequestId: providerRequestId !== null,
		});
		const take = createTaker(wire, fold, response);
		let saidAtMs = performance.now();
		for (let isOpen = true; isOpen && !fold.isDone; ) {
			const chunk = await readChunk(reader, fold, saidAtMs);
			isOpen = chunk !== null;
			const error = take(chunk);
			const parts = fold.take();
			if (parts.length > 0 || !fold.isSettled) saidAtMs = performance.now();
			yield* parts;
			if (error) throw error;
		}
		isFinished = true;
		drain(reader, upstream);
		fold.end();
		if (fold.beginsInThought !== null) deployment.learn({ beginsInThought: fold.beginsInThought });
		yield* fold.take();
	} catch (error) {
		if (call.signal.aborted) throw call.signal.reason;
		if (error instanceof ProviderError) throw error;
		throw new ProviderError("stream", "The answer broke off.", { cause: error });
	} finally {
		call.signal.removeEventListener("abort", follow);
		if (!isFinished) upstream.abort();
	}
}

/**
 * Returns what gives the events of a chunk, or of the body's end, to the wire's reader; its result is the failure in them that
 * counts, so that what came before it can be shown first.
 */
function createTaker(wire: Wire, fold: AnswerFold, response: Response) {
	const events = createBodyEvents();
	const read = wire.createReader(fold);
	let isFirst = true;
	return (chunk: Uint8Array | null): ProviderError | null => {
		for (const data of chunk === null ? events.end() : events.push(chunk)) {
			if (fold.isDone) return null;
			try {
				toEvents(data, { take: read, end: () => fold.endMark() });
			} catch (error) {
				// As: readers throw nothing else.
				const failure = error as ProviderError;
				// The body's end may cut an event in two; the missing finish says so.
				if (fold.isSettled || (chunk === null && failure.kind === "parse")) continue;
				return isFirst ? toFirstError(failure, response) : failure;
			}
			isFirst = false;
		}
		return null;
	};
}

/** An error that is the whole answer, and not one in a stream, has the status and the headers of its response. */
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

/** Null at the end, which for a settled answer is also a broken connection, or one on which nothing more of use comes. */
async function readChunk(reader: ByteReader, fold: AnswerFold, saidAtMs: number): Promise<Uint8Array | null> {
	if (!fold.isSettled) return (await reader.read()).value ?? null;
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

/** Lets the response end by itself for a moment; a connection that lingers is closed. */
function drain(reader: ByteReader, upstream: AbortController): void {
	const expiry = setTimeout(() => upstream.abort(), drainTimeoutMs).unref();
	const readOn = async () => {
		while (!(await reader.read()).done);
	};
	readOn()
		.catch(() => undefined)
		.finally(() => clearTimeout(expiry));
}
