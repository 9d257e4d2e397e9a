"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ViewerEvent } from "@/server/client";
import { parseThreadPath } from "../shell/navigate";
import {
	followReads,
	markRead,
	markUnread,
	patchThreadList,
	threadListKey,
} from "../threads/use-thread-list";
import { limitsQuery } from "../usage/usage-queries";
import { endSession } from "./end-session";
import { followEvents } from "./follow-events";
import { toOwnName } from "./page-viewer";
import { trpc } from "./trpc-client";

/** Several changes come together (created, titled, started): they cost one read of the list. */
const gatherMs = 150;

/** Keeps this tab in step with every other tab and device of the same person. */
export function useViewerSync(): void {
	const client = useQueryClient();
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const rereadList = () => {
			clearTimeout(timer);
			timer = setTimeout(() => client.invalidateQueries({ queryKey: threadListKey }), gatherMs);
		};
		const rereadThread = (threadId: string) => {
			void client.invalidateQueries({ queryKey: ["threads", "context", threadId] });
			return client.invalidateQueries({ queryKey: ["threads", "get", threadId] });
		};

		const apply = (event: ViewerEvent) => {
			switch (event.type) {
				case "thread-change":
					if (event.change === "deleted") patchThreadList(client, event.threadId, null);
					rereadList();
					void rereadThread(event.threadId);
					return;
				case "turn-start":
					patchThreadList(client, event.threadId, (thread) => ({ ...thread, liveTurnId: event.turnId }));
					rereadList();
					void rereadThread(event.threadId);
					return;
				case "turn-end":
					patchThreadList(client, event.threadId, (thread) => ({ ...thread, liveTurnId: null }));
					if (isSeen(event.threadId)) markRead(event.threadId);
					else markUnread(event.threadId);
					void rereadThread(event.threadId);
					void client.invalidateQueries({ queryKey: limitsQuery().queryKey });
					return;
				case "resync":
					void client.invalidateQueries();
					return;
				case "session-end":
					endSession();
			}
		};
		const stop = followViewer(apply, rereadList);
		const stopReads = followReads();
		return () => {
			clearTimeout(timer);
			stop();
			stopReads();
		};
	}, [client]);
}

function isSeen(threadId: string): boolean {
	return !document.hidden && parseThreadPath(location.pathname) === threadId;
}

interface Followed {
	readonly id: string | null;
	readonly event: ViewerEvent;
}

/**
 * Tells what changes for this person, with one stream for the whole browser: the tab that takes care of it reads it
 * and the others hear it from a channel. Streams are rationed because HTTP/1.1 gives an origin six connections. Returns the
 * function that ends it.
 *
 * @param onLost the stream cannot be opened: a call of another kind would learn why.
 */
export function followViewer(onEvent: (event: ViewerEvent) => void, onLost: () => void): () => void {
	const ending = new AbortController();
	const channel = new BroadcastChannel(toOwnName("parley-viewer-events"));
	let lastEventId: string | null = null;

	channel.onmessage = ({ data }: MessageEvent<Followed>) => {
		lastEventId = data.id ?? lastEventId;
		onEvent(data.event);
	};
	const lead = () =>
		readStream(lastEventId, ending.signal, {
			onLost,
			onFollowed: (followed) => {
				lastEventId = followed.id ?? lastEventId;
				channel.postMessage(followed);
				onEvent(followed.event);
			},
		});

	if (navigator.locks)
		navigator.locks.request(toOwnName("parley-viewer-events"), { signal: ending.signal }, lead).catch(() => {
			// Ended before its turn came: nothing to release.
		});
	else poll(onEvent, ending.signal);
	return () => {
		ending.abort();
		channel.close();
	};
}

const pollIntervalMs = 5_000;

/** Without locks (plain http on another host) no tab can lead: each reads again what it shows, while it is visible. */
function poll(onEvent: (event: ViewerEvent) => void, signal: AbortSignal): void {
	const timer = setInterval(() => {
		if (!document.hidden && navigator.onLine) onEvent({ type: "resync" });
	}, pollIntervalMs);
	signal.addEventListener("abort", () => clearInterval(timer));
}

/** Failed tries in a row after which a stream counts as lost. */
const lostMax = 2;

/** Reads until the signal, or until the session has ended. */
function readStream(
	from: string | null,
	signal: AbortSignal,
	{ onFollowed, onLost }: { onFollowed(followed: Followed): void; onLost(): void },
): Promise<void> {
	return new Promise((resolve) => {
		const end = followEvents<ViewerEvent>({
			lastEventId: from,
			subscribe: (lastEventId, observer) => trpc.events.follow.subscribe({ lastEventId }, observer),
			onEvent: (id, event) => {
				onFollowed({ id, event });
				return event.type === "session-end";
			},
			onLost: (attempt) => {
				if (attempt === lostMax) onLost();
			},
			onRefuse: ({ code }) => {
				if (code !== "unauthorized" && code !== "suspended") return;
				onFollowed({ id: null, event: { type: "session-end", reason: code } });
			},
		});
		signal.addEventListener("abort", () => {
			end();
			resolve();
		});
	});
}
