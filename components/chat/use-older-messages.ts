import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { trpc } from "../trpc-client";
import type { ChatStore } from "./chat-store";
import { useChat } from "./use-store";

/** Loads older pages as the top comes near, and keeps what is being read where it is. */
export function useOlderMessages(store: ChatStore, scroller: HTMLElement | null) {
	const cursor = useChat(store, (state) => state.olderCursor);
	const firstKey = useChat(store, (state) => state.messages[0]?.key);
	const sentinel = useRef<HTMLDivElement>(null);
	const heightBefore = useRef<{ key: string | undefined; fromEndPx: number } | null>(null);
	const [isLoading, setLoading] = useState(false);

	useEffect(() => {
		if (!cursor || !scroller || !sentinel.current || isLoading) return;
		const observer = new IntersectionObserver(
			async ([entry]) => {
				if (!entry?.isIntersecting) return;
				observer.disconnect();
				setLoading(true);
				await loadOlder(store).catch(() => undefined);
				heightBefore.current = {
					key: firstKey,
					fromEndPx: scroller.scrollHeight - scroller.scrollTop,
				};
				setLoading(false);
			},
			{ root: scroller, rootMargin: "400px 0px 0px" },
		);
		observer.observe(sentinel.current);
		return () => observer.disconnect();
	}, [cursor, scroller, store, isLoading, firstKey]);

	useLayoutEffect(() => {
		const before = heightBefore.current;
		if (!scroller || !before) return;
		heightBefore.current = null;
		// Browsers without scroll anchoring would jump by the height of what came in.
		if (!CSS.supports("overflow-anchor", "auto"))
			scroller.scrollTop = scroller.scrollHeight - before.fromEndPx;
	});
	return { sentinel, isLoading };
}

/** Reads one older page into the store. Does nothing at the beginning of the thread. */
export async function loadOlder(store: ChatStore): Promise<void> {
	const { threadId, olderCursor } = store.get();
	if (!threadId || !olderCursor) return;
	const page = await trpc.threads.get.query({ threadId, cursor: olderCursor });
	if (store.get().olderCursor === olderCursor) store.dispatch({ type: "older-load", page });
}
