"use client";

import { usePathname } from "next/navigation";
import { useCallback, useRef, useState } from "react";
import type { ThreadPage } from "@/server/client";
import { parseThreadPath, toThreadPath } from "../shell/navigate";
import { ChatScreen } from "./chat-screen";
import { adoptChatStore, type ChatStore, createChatStore, getChatStore } from "./state/chat-store";

interface Screen {
	readonly key: string;
	readonly pathname: string;
	readonly threadId: string | null;
	readonly store: ChatStore;
}

let screens = 0;

function createScreen(pathname: string, page: ThreadPage | null): Screen {
	const threadId = parseThreadPath(pathname);
	// On the server nothing may be kept between requests: every person gets a store of their own.
	const isShared = threadId !== null && typeof window !== "undefined";
	const store = isShared ? getChatStore(threadId) : createChatStore(threadId);
	if (page?.thread.id === threadId && page && !store.get().isLoaded)
		store.dispatch({ type: "thread-load", page, atMs: Date.parse(page.thread.activeAt) });
	return { key: `${threadId ?? "new"}:${screens++}`, pathname, threadId, store };
}

/**
 * The chat that the address names. Moving between chats changes only the address, so it costs no page load; and a new
 * chat keeps its screen, its focus and its stream when it gets its address.
 */
export function ChatPage({ initialPage }: { readonly initialPage: ThreadPage | null }) {
	const pathname = usePathname();
	const [screen, setScreen] = useState(() => createScreen(pathname, initialPage));
	const shown = useRef(screen.store);
	let current = screen;
	if (pathname !== screen.pathname) {
		const isSameThread = parseThreadPath(pathname) === screen.threadId && screen.threadId !== null;
		current = isSameThread ? { ...screen, pathname } : createScreen(pathname, null);
		setScreen(current);
	}
	shown.current = current.store;

	const adopt = useCallback((store: ChatStore, threadId: string) => {
		adoptChatStore(threadId, store);
		if (shown.current !== store || parseThreadPath(location.pathname) === threadId) return;
		setScreen((screen) => ({ ...screen, threadId }));
		window.history.replaceState(null, "", toThreadPath(threadId));
	}, []);
	return <ChatScreen key={current.key} store={current.store} onAdopt={adopt} />;
}
