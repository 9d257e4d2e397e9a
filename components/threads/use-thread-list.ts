"use client";

import { type InfiniteData, type QueryClient, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RouterOutputs, ThreadListItem } from "@/server/client";
import { trpc } from "../trpc-client";

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
