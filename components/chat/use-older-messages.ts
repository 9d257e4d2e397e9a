import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ThreadPage } from "@/server/client";
import { trpc } from "../trpc-client";
import type { ChatStore } from "./chat-store";
import { waitForRetry } from "./retry-delay";
import { useChat } from "./use-store";

/** Loads older pages as the top comes near, and keeps what is being read where it is. */
export function useOlderMessages(store: ChatStore, scroller: HTMLElement | null) {
	const cursor = useChat(store, (state) => state.olderCursor);
	const firstKey = useChat(store, (state) => state.messages[0]?.key);
	const sentinel = useRef<HTMLDivElement>(null);
	const fromEndPx = useRef<number | null>(null);
	const [isLoading, setLoading] = useState(false);

	useEffect(() => {
		if (!cursor || !scroller || !sentinel.current) return;
		const leaving = new AbortController();
		const load = async () => {
			setLoading(true);
			const page = await readOlderPatiently(store, leaving.signal);
			setLoading(false);
			if (!page) return;
			fromEndPx.current = scroller.scrollHeight - scroller.scrollTop;
			store.dispatch({ type: "older-load", page });
		};
		const observer = new IntersectionObserver(
			([entry]) => {
				if (!entry?.isIntersecting) return;
				observer.disconnect();
				void load();
			},
			{ root: scroller, rootMargin: "800px 0px 0px" },
		);
		observer.observe(sentinel.current);
		return () => {
			observer.disconnect();
			leaving.abort();
		};
	}, [cursor, scroller, store]);

	// biome-ignore lint/correctness/useExhaustiveDependencies: runs when another message has become the first.
	useLayoutEffect(() => {
		// At the very top, and in browsers without scroll anchoring, the view would jump by the height of what came in.
		if (scroller && fromEndPx.current !== null)
			scroller.scrollTop = scroller.scrollHeight - fromEndPx.current;
		fromEndPx.current = null;
	}, [scroller, firstKey]);
	return { sentinel, isLoading };
}

/** Reads one older page into the store. Does nothing at the beginning of the thread. */
export async function loadOlder(store: ChatStore): Promise<void> {
	const page = await readOlder(store);
	if (page) store.dispatch({ type: "older-load", page });
}

/** The page before the first message shown; null at the beginning of the thread, or when it is not wanted any more. */
async function readOlder(store: ChatStore): Promise<ThreadPage | null> {
	const { threadId, olderCursor } = store.get();
	if (!threadId || !olderCursor) return null;
	const page = await trpc.threads.get.query({ threadId, cursor: olderCursor });
	return store.get().olderCursor === olderCursor ? page : null;
}

/** The same, again and again while the server does not answer. */
async function readOlderPatiently(store: ChatStore, signal: AbortSignal): Promise<ThreadPage | null> {
	for (let attempt = 0; !signal.aborted; attempt++) {
		try {
			return await readOlder(store);
		} catch {
			await waitForRetry(attempt, signal);
		}
	}
	return null;
}
