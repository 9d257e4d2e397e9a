"use client";

import { type InfiniteData, type QueryClient, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import type { RouterOutputs, ThreadListItem } from "@/server/client";
import { toOwnName } from "../connection/page-viewer";
import { trpc } from "../connection/trpc-client";

export type ThreadListPage = RouterOutputs["threads"]["list"];
type Pages = InfiniteData<ThreadListPage, string | null>;

export const threadListKey = ["threads", "list"] as const;

/** The list of chats, newest first, page by page. `initialPage` is what the server rendered with. */
export function useThreadList(initialPage: ThreadListPage | null) {
	const query = useInfiniteQuery({
		queryKey: threadListKey,
		queryFn: ({ pageParam, signal }) =>
			trpc.threads.list.query({ cursor: pageParam ?? undefined }, { signal }),
		initialPageParam: null as string | null,
		getNextPageParam: (page: ThreadListPage) => page.nextCursor,
		initialData: initialPage ? { pages: [initialPage], pageParams: [null] } : undefined,
	});
	const threads = useMemo(() => toUnique(query.data?.pages ?? []), [query.data]);
	return { ...query, threads };
}

/** A chat that moved to the top while pages were read may stand on two of them. */
function toUnique(pages: readonly ThreadListPage[]): ThreadListItem[] {
	const byId = new Map<string, ThreadListItem>();
	for (const thread of pages.flatMap((page) => page.threads))
		if (!byId.has(thread.id)) byId.set(thread.id, thread);
	return [...byId.values()];
}

/** Changes the list in the cache at once; null removes the thread. */
export function patchThreadList(
	client: QueryClient,
	threadId: string,
	patch: ((thread: ThreadListItem) => ThreadListItem) | null,
): void {
	client.setQueryData<Pages>(threadListKey, (data) => {
		if (!data) return data;
		const pages = data.pages.map((page) => ({
			...page,
			threads: page.threads.flatMap((thread) => {
				if (thread.id !== threadId) return [thread];
				return patch ? [patch(thread)] : [];
			}),
		}));
		return { ...data, pages };
	});
}

const openChannel = () => new BroadcastChannel(toOwnName("parley-read"));

/** Threads whose answer finished while they were not on the screen. Kept in memory: it is about this sitting. */
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
	const channel = openChannel();
	channel.postMessage(threadId);
	channel.close();
}

/** Hears what other tabs have shown. Returns the function that ends it. */
export function followReads(): () => void {
	const channel = openChannel();
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
