import { useSyncExternalStore } from "react";

/** Threads whose answer finished while another one was open. Kept in memory: it is about this sitting. */
let unread: ReadonlySet<string> = new Set();
const empty: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function change(next: ReadonlySet<string>) {
	unread = next;
	for (const listener of listeners) listener();
}

export function markUnread(threadId: string): void {
	if (!unread.has(threadId)) change(new Set(unread).add(threadId));
}

export function markRead(threadId: string): void {
	if (unread.has(threadId)) change(new Set([...unread].filter((id) => id !== threadId)));
}

function subscribe(listener: () => void) {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

export function useUnread(): ReadonlySet<string> {
	return useSyncExternalStore(
		subscribe,
		() => unread,
		() => empty,
	);
}
