import type { ServerResponse } from "node:http";
import type { Viewer } from "../../auth/index.ts";
import { AppError } from "../../contract/errors.ts";
import type { UserId } from "../../contract/ids.ts";

/** Bytes that may wait for a reader before the next event is fetched: the turn log is the buffer, not this process. */
const unreadBytesMax = 256 * 1024;
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

/** One stream of a server. */
export interface OpenStream {
	/** Aborts when the reader leaves or the server closes. */
	readonly signal: AbortSignal;
	/** Writes to the reader, and waits for one that has much to take. */
	write(text: string): Promise<void>;
	/** Call it when the stream ends. */
	close(): void;
}

/**
 * Takes one of the person's places for a stream. Nothing is written yet.
 *
 * @throws AppError `rate_limited` when the person has too many streams open.
 */
export function openStream(
	streams: Streams,
	response: ServerResponse,
	{ viewer, path }: { viewer: Viewer | null; path: string },
): OpenStream {
	const leavePlace = takePlace(streams, viewer);
	const leave = new AbortController();
	streams.open.set(leave, path);
	response.once("close", () => leave.abort());
	// Without a listener for the timeout, Node closes the connection. Any byte that the reader takes restarts the timeout.
	response.setTimeout(streams.stalledMsMax);
	return {
		signal: leave.signal,
		async write(text) {
			response.write(text);
			if (response.writableLength > unreadBytesMax) await drained(response);
		},
		close() {
			streams.open.delete(leave);
			leavePlace();
		},
	};
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
