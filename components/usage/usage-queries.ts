import { queryOptions } from "@tanstack/react-query";
import { trpc } from "../connection/trpc-client";

/** A month in the person's zone. */
export interface ShownMonth {
	readonly month: string;
	readonly timeZone: string;
}

export function summaryQuery({ month, timeZone }: ShownMonth) {
	const [year = 0, number = 1] = month.split("-").map(Number);
	const to = new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
	return queryOptions({
		queryKey: ["usage", "summary", month, timeZone],
		queryFn: ({ signal }) => trpc.usage.summary.query({ from: `${month}-01`, to, timeZone }, { signal }),
		staleTime: 5_000,
	});
}

export function limitsQuery() {
	return queryOptions({
		queryKey: ["usage", "limits"],
		queryFn: ({ signal }) => trpc.usage.limits.query(undefined, { signal }),
		staleTime: 60_000,
	});
}

/** An answer that has ended costs what it costs. */
export function turnQuery(turnId: string) {
	return queryOptions({
		queryKey: ["usage", "turn", turnId],
		queryFn: ({ signal }) => trpc.usage.turn.query({ turnId }, { signal }),
		staleTime: 5 * 60_000,
	});
}
