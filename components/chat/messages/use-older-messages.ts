import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ThreadPage } from "@/server/client";
import { waitForRetry } from "../../connection/call-until-answered";
import { trpc } from "../../connection/trpc-client";
import { parseThreadPath } from "../../shell/navigate";
import { type ChatStore, useChat } from "../state/chat-store";

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

/** Pages that a jump may read: a thread of two thousand messages. */
const pagesMax = 40;
const highlightMs = 2_000;

/** Goes to the message that the address names (`#message-<id>`), on whatever branch and page it lies. */
export function useJumpTarget(store: ChatStore, stopScroll: () => void): void {
	const isLoaded = useChat(store, (state) => state.isLoaded);
	useEffect(() => {
		if (!isLoaded) return;
		let isCurrent = true;
		const jump = async () => {
			const id = /^#message-([\w-]+)$/.exec(location.hash)?.[1];
			if (!id || parseThreadPath(location.pathname) !== store.get().threadId) return;
			if (!(await bring(store, id)) || !isCurrent) return;
			// The search dialog that led here gives its focus back first.
			setTimeout(() => show(id, stopScroll), 50);
		};
		void jump();
		window.addEventListener("hashchange", jump);
		return () => {
			isCurrent = false;
			window.removeEventListener("hashchange", jump);
		};
	}, [isLoaded, store, stopScroll]);
}

/** Loads until the message is among those shown. */
async function bring(store: ChatStore, id: string): Promise<boolean> {
	const isHere = () => store.get().messages.some((message) => message.id === id);
	const { threadId } = store.get();
	if (isHere() || !threadId) return isHere();
	try {
		await trpc.threads.selectBranch.mutate({ threadId, messageId: id });
		const page = await trpc.threads.get.query({ threadId });
		store.dispatch({ type: "thread-load", page, atMs: Date.now() });
		for (let pages = 0; !isHere() && store.get().olderCursor && pages < pagesMax; pages++)
			await loadOlder(store);
	} catch {
		// The message may be gone: the thread is shown as it is.
	}
	return isHere();
}

function show(id: string, stopScroll: () => void): void {
	const row = document.getElementById(`message-${id}`);
	if (!row) return;
	stopScroll();
	row.scrollIntoView({ block: "center" });
	row.focus({ preventScroll: true });
	row.dataset.found = "true";
	setTimeout(() => delete row.dataset.found, highlightMs);
}
