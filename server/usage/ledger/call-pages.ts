/** Hand-written SQL: an order that is exact to the microsecond, which dates of JavaScript are not. */
import type { Sql } from "postgres";
import type { Range } from "../reports/range.ts";

/** A call's place in the order of the pages. */
export interface CallPlace {
	id: string;
	/** When it started, exact, as text: a JavaScript date would cut its microseconds. */
	at: string;
}

/** Calls that are read by one statement, and corrected by one. */
export const pageCalls = 1_000;

/** The calls that started in a range, after a place: for a statement ordered by `started_at, calls.id`. */
export function isInPage(sql: Sql, { from, to }: Range, after: CallPlace | null) {
	const begins = after
		? sql`(started_at, calls.id) > (${after.at}::text::timestamptz, ${after.id}::uuid)`
		: sql`started_at >= ${from}::timestamptz`;
	return sql`${begins} and started_at < ${to}::timestamptz`;
}
