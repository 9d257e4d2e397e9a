import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { RouterOutputs } from "@/server/client";
import { trpc } from "../connection/trpc-client";

export type Breaker = RouterOutputs["admin"]["breakers"]["list"]["breakers"][number];
export type BreakerChange = RouterOutputs["admin"]["breakers"]["history"]["changes"][number];

export const breakersKey = ["admin", "breakers"] as const;

/** States change by themselves within seconds. */
export function breakersQuery() {
	return queryOptions({
		queryKey: [...breakersKey, "list"],
		queryFn: ({ signal }) => trpc.admin.breakers.list.query(undefined, { signal }),
		refetchInterval: 2_000,
		staleTime: 0,
	});
}

export function historyQuery() {
	return infiniteQueryOptions({
		queryKey: [...breakersKey, "history"],
		queryFn: ({ signal, pageParam }) =>
			trpc.admin.breakers.history.query({ cursor: pageParam ?? undefined, limit: 25 }, { signal }),
		initialPageParam: null as number | null,
		getNextPageParam: (page) => page.nextCursor,
		refetchInterval: 5_000,
		staleTime: 0,
	});
}
