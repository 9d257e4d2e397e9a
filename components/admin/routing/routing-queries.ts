import { queryOptions } from "@tanstack/react-query";
import type { RouterOutputs } from "@/server/client";
import { trpc } from "../../connection/trpc-client";

export type ListedPolicy = RouterOutputs["admin"]["routing"]["list"]["policies"][number];
export type DryRun = RouterOutputs["admin"]["routing"]["dryRun"];

export const routingKey = ["admin", "routing"] as const;

export function policiesQuery() {
	return queryOptions({
		queryKey: [...routingKey, "list"],
		queryFn: ({ signal }) => trpc.admin.routing.list.query(undefined, { signal }),
		staleTime: 0,
	});
}

export function reportQuery() {
	return queryOptions({
		queryKey: [...routingKey, "report"],
		queryFn: ({ signal }) => trpc.admin.routing.report.query({}, { signal }),
		staleTime: 0,
	});
}
