/** Hand-written SQL: days and months by the database's clock and its time zones. */
import type { Sql } from "postgres";
import * as z from "zod";
import { AppError } from "../../contract/errors.ts";

const localDate = z.iso.date();
const instant = z.iso.datetime({ offset: true });

/** A day in the report's time zone (its first instant), or an instant. */
export const reportBound = z.union(
	[localDate, instant],
	"must be a date (2026-11-24) or an instant (ISO 8601)",
);

/** IANA names, no offsets: a report's days follow the zone's clock changes. */
export const reportZone = z
	.string()
	.max(64)
	.regex(/^(UTC|[A-Za-z]+(\/[A-Za-z0-9_+-]+){1,2})$/, 'must be an IANA time zone, such as "Europe/Berlin"');

export const reportMonth = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, "must be a month, such as 2026-11");

/** `from` counts, `to` does not. Without them: the month of `to`, or the one that runs. */
export interface WantedRange {
	readonly from?: string | undefined;
	readonly to?: string | undefined;
	/** Without it, the zone of the person's plan; UTC for everybody's. */
	readonly timeZone?: string | undefined;
}

export interface Range {
	/** ISO 8601, to the microsecond as the database keeps it. */
	readonly from: string;
	readonly to: string;
	readonly timeZone: string;
}

const daysMax = 400;

/**
 * The range by the database's clock and list of time zones.
 *
 * @throws AppError `invalid_request` for an unknown zone, a day that does not exist, or a range that is empty or above 400 days.
 */
export async function readRange(sql: Sql, wanted: WantedRange, userId: string | null): Promise<Range> {
	const [zone] = await sql<{ timeZone: string }[]>`
		select coalesce(${wanted.timeZone ?? null},
			(select time_zone from plans join users on users.plan = plans.id where users.id = ${userId}),
			(select time_zone from plans where id = 'free' and ${userId}::uuid is not null), 'UTC') as "timeZone"`;
	const timeZone = zone?.timeZone ?? "UTC";
	const bound = (value: string | undefined) => {
		if (value === undefined) return sql`null::timestamptz`;
		return localDate.safeParse(value).success
			? sql`(${value}::text::timestamp at time zone ${timeZone})`
			: sql`${value}::text::timestamptz`;
	};
	const [row] = await sql<{ from: Date; to: Date; isFit: boolean }[]>`
		with given as (
			select ${bound(wanted.from)} as first, coalesce(${bound(wanted.to)},
				(date_trunc('day', now() at time zone ${timeZone}) + interval '1 day') at time zone ${timeZone}) as last
		), range as (
			select last as "to", coalesce(first, date_trunc('month', (last - interval '1 microsecond') at time zone ${timeZone})
				at time zone ${timeZone}) as "from" from given
		)
		select *, "from" < "to" and "to" - "from" <= ${daysMax} * interval '1 day' as "isFit" from range`.catch(
		(cause) => {
			if (!isTimeMistake(cause)) throw cause;
			throw new AppError("invalid_request", "There is no such day, instant or time zone.", { cause });
		},
	);
	if (!row?.isFit)
		throw new AppError("invalid_request", `A report covers 1 to ${daysMax} days: "from" comes before "to".`);
	return { from: row.from.toISOString(), to: row.to.toISOString(), timeZone };
}

/** The first instant of a month and that of the next. */
export function toMonthRange(month: string): { from: string; to: string } {
	const [year = 0, number = 0] = month.split("-").map(Number);
	const next = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
	return { from: `${month}-01`, to: `${next}-01` };
}

/** SQLSTATE 22007 to 22009, 22023: a date, a time or a zone that does not exist. */
function isTimeMistake(error: unknown): boolean {
	return error instanceof Error && "code" in error && /^220(07|08|09|23)$/.test(String(error.code));
}
