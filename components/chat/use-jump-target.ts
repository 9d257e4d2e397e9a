import { useEffect } from "react";
import { parseThreadPath } from "../navigate";
import { trpc } from "../trpc-client";
import type { ChatStore } from "./chat-store";
import { loadOlder } from "./use-older-messages";
import { useChat } from "./use-store";

/** Pages that a jump may read: a thread of a thousand messages. */
const pagesMax = 20;
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
