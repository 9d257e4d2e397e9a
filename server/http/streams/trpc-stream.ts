import type { IncomingMessage, ServerResponse } from "node:http";
import { callTRPCProcedure, getErrorShape, getTRPCErrorFromUnknown, isTrackedEnvelope } from "@trpc/server";
import type { Viewer } from "../../auth/index.ts";
import { AppError, isAppError } from "../../contract/errors.ts";
import type { UserId } from "../../contract/ids.ts";
import { toStorageError } from "../../db/index.ts";
import { appRouter, type RequestContext, toTRPCError } from "../../routers/index.ts";

/** Bytes that may wait for a reader before the next event is fetched: the turn log is the buffer, not this process. */
const unreadBytesMax = 256 * 1024;
/** A client that receives nothing for this long reconnects; longer than the interval of pings. */
const reconnectAfterInactivityMs = 25_000;

/** Streams of one person in one process. A browser opens one for its events and one for each visible tab; an app, more. */
const streamsPerPersonMax = 200;
const tooManyRetryMs = 5_000;

/** The streams of one server. */
export interface Streams {
	/** The open streams and the procedures that they follow. Aborting one ends it after a whole event; its reader reconnects. */
	readonly open: Map<AbortController, string>;
	/** Open streams by person. */
	readonly byPerson: Map<UserId, number>;
	/** A connection whose reader takes nothing for this long is closed; the reader resumes from its last event id. */
	readonly stalledMsMax: number;
}

/** @param stalledMsMax several times the interval of pings, which are all that the reader of an idle stream takes. */
export function createStreams({ stalledMsMax = 30_000 }: { stalledMsMax?: number }): Streams {
	return { open: new Map(), byPerson: new Map(), stalledMsMax };
}

/** Takes one of the person's places. Call the result when the stream ends. @throws AppError `rate_limited`. */
function takePlace({ byPerson }: Streams, viewer: Viewer | null): () => void {
	if (!viewer) return () => undefined;
	const { userId } = viewer;
	const count = byPerson.get(userId) ?? 0;
	if (count >= streamsPerPersonMax)
		throw new AppError("rate_limited", `At most ${streamsPerPersonMax} streams may be open at a time.`, {
			details: { limit: "open_streams", retryAfterMs: tooManyRetryMs },
		});
	byPerson.set(userId, count + 1);
	return () => {
		const left = (byPerson.get(userId) ?? 1) - 1;
		if (left > 0) byPerson.set(userId, left);
		else byPerson.delete(userId);
	};
}

/**
 * Writes a subscription as server-sent events straight to the socket, in the wire format of tRPC 11's
 * `httpSubscriptionLink` (`connected`, data with id, `ping`, `serialized-error`, `return`). tRPC's own producer sends each
 * event through three web streams, which was measured to cost more than all the rest of a turn.
 *
 * @throws AppError `rate_limited`, before anything is written, when the person has too many streams open.
 */
export async function streamSubscription(
	request: IncomingMessage,
	response: ServerResponse,
	call: { context: RequestContext; path: string; streams: Streams },
): Promise<void> {
	const { open, stalledMsMax } = call.streams;
	const leavePlace = takePlace(call.streams, call.context.viewer);
	const leave = new AbortController();
	open.set(leave, call.path);
	response.once("close", () => leave.abort());
	// Without a listener for the timeout, Node closes the connection. Any byte that the reader takes restarts the timeout.
	response.setTimeout(stalledMsMax);
	response.writeHead(200, {
		"content-type": "text/event-stream",
		"cache-control": "no-cache, no-transform",
		"x-accel-buffering": "no",
	});
	response.write(`event: connected\ndata: ${JSON.stringify({ reconnectAfterInactivityMs })}\n\n`);
	const ping = setInterval(
		() => response.writableLength === 0 && response.write("event: ping\ndata: \n\n"),
		stalledMsMax / 3,
	);
	try {
		await writeEvents(request, response, { ...call, signal: leave.signal });
		if (!response.destroyed) response.end("event: return\ndata: \n\n");
	} catch (error) {
		if (response.destroyed) return;
		response.end(`event: serialized-error\ndata: ${JSON.stringify(toShape(error, call))}\n\n`);
	} finally {
		clearInterval(ping);
		open.delete(leave);
		leavePlace();
	}
}

async function writeEvents(
	request: IncomingMessage,
	response: ServerResponse,
	{ context, path, signal }: { context: RequestContext; path: string; signal: AbortSignal },
): Promise<void> {
	const events = await callTRPCProcedure({
		router: appRouter,
		path,
		getRawInput: async () => readInput(request),
		ctx: context,
		type: "subscription",
		signal,
		batchIndex: 0,
	});
	for await (const event of events as AsyncIterable<unknown>) {
		response.write(toWire(event));
		if (response.writableLength > unreadBytesMax) await drained(response);
		if (signal.aborted) return;
	}
}

/** Resolves when the reader has taken everything or has left. */
function drained(response: ServerResponse): Promise<void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	response.once("drain", resolve);
	response.once("close", resolve);
	return promise.finally(() => {
		response.off("drain", resolve);
		response.off("close", resolve);
	});
}

/** One event on the wire: its data in one line and, when it has one, its id. */
export function toWire(event: unknown): string {
	return isTrackedEnvelope(event)
		? `data: ${JSON.stringify(event[1])}\nid: ${event[0]}\n\n`
		: `data: ${JSON.stringify(event)}\n\n`;
}

/** The procedure's input: `?input=` with the last event id, which a reconnecting reader sends in a header. */
function readInput(request: IncomingMessage): unknown {
	const query = new URL(request.url ?? "/", "http://localhost").searchParams;
	const text = query.get("input");
	const input: unknown = text === null ? {} : parseJson(text);
	const lastEventId =
		request.headers["last-event-id"] ?? query.get("lastEventId") ?? query.get("Last-Event-Id") ?? undefined;
	return lastEventId && typeof input === "object" ? { ...input, lastEventId } : input;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new AppError("invalid_request", "The query parameter input is not JSON.", { cause });
	}
}

function toShape(cause: unknown, { context, path }: { context: RequestContext; path: string }) {
	const failure = toStorageError(cause);
	const error = isAppError(failure) ? toTRPCError(failure) : getTRPCErrorFromUnknown(cause);
	if (error.code === "INTERNAL_SERVER_ERROR" && !isAppError(error.cause))
		context.services.logger.error(
			{ event: "http.subscription_failed", err: cause, path, requestId: context.requestId },
			"A subscription failed.",
		);
	const config = appRouter._def._config;
	return getErrorShape({ config, error, type: "subscription", path, input: undefined, ctx: context });
}
