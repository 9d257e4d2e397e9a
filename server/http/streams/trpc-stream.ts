import type { IncomingMessage, ServerResponse } from "node:http";
import { callTRPCProcedure, getErrorShape, getTRPCErrorFromUnknown, isTrackedEnvelope } from "@trpc/server";
import { AppError, isAppError } from "../../contract/errors.ts";
import { toStorageError } from "../../db/index.ts";
import { appRouter, type RequestContext, toTRPCError } from "../../routers/index.ts";
import { type OpenStream, openStream, type Streams } from "./open-streams.ts";

/** A client that receives nothing for this long reconnects; longer than the interval of pings. */
const reconnectAfterInactivityMs = 25_000;

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
	const { stalledMsMax } = call.streams;
	const stream = openStream(call.streams, response, { viewer: call.context.viewer, path: call.path });
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
		await writeEvents(request, { ...call, stream });
		if (!response.destroyed) response.end("event: return\ndata: \n\n");
	} catch (error) {
		if (response.destroyed) return;
		response.end(`event: serialized-error\ndata: ${JSON.stringify(toShape(error, call))}\n\n`);
	} finally {
		clearInterval(ping);
		stream.close();
	}
}

async function writeEvents(
	request: IncomingMessage,
	{ context, path, stream }: { context: RequestContext; path: string; stream: OpenStream },
): Promise<void> {
	const events = await callTRPCProcedure({
		router: appRouter,
		path,
		getRawInput: async () => readInput(request),
		ctx: context,
		type: "subscription",
		signal: stream.signal,
		batchIndex: 0,
	});
	for await (const event of events as AsyncIterable<unknown>) {
		await stream.write(toWire(event));
		if (stream.signal.aborted) return;
	}
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
