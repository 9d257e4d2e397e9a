import { queryOptions } from "@tanstack/react-query";
import { trpc } from "../trpc-client";

/** The newest page of a thread. */
export function threadQuery(threadId: string) {
	return queryOptions({
		queryKey: ["threads", "get", threadId],
		queryFn: ({ signal }) => trpc.threads.get.query({ threadId }, { signal }),
	});
}

export function modelsQuery() {
	return queryOptions({
		queryKey: ["models", "list"],
		queryFn: ({ signal }) => trpc.models.list.query(undefined, { signal }),
		staleTime: 5 * 60_000,
	});
}
