import { useSyncExternalStore } from "react";

const channelName = "parley-read";

/** Threads whose answer finished while nobody looked at them. Kept in memory: it is about this sitting. */
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

/** Read here is read in every tab of this browser. */
export function markRead(threadId: string): void {
	forget(threadId);
	const channel = new BroadcastChannel(channelName);
	channel.postMessage(threadId);
	channel.close();
}

/** Hears what other tabs have shown. Returns the function that ends it. */
export function followReads(): () => void {
	const channel = new BroadcastChannel(channelName);
	channel.onmessage = ({ data }: MessageEvent<string>) => forget(data);
	return () => channel.close();
}

function forget(threadId: string): void {
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
