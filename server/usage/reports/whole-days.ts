/**
 * The sums of days, for reports over many lines. Hand-written SQL: one pass over the lines of a day, and its use of the index on the
 * day of a line.
 */
import type { Sql } from "postgres";
import type { Range } from "./range.ts";

/** Stands for lines without a person, in a column that may not be null. */
export const noUserId = "00000000-0000-0000-0000-000000000000";

/** No line of a day comes later than this after its end: no transaction runs so long. */
const lateLinesMs = 3_600_000;
/** How long one pass goes on while there are more days. */
const passMsMax = 2_000;

/**
 * Adds up the lines of every day (UTC) that is over and was not added up yet, in the order of days. One instance does it at a time;
 * one that looked just before another was done finds the day there, with the same sums. Returns how many days were added up.
 */
export async function sumUpDays(sql: Sql): Promise<number> {
	const endsAt = performance.now() + passMsMax;
	for (let days = 0; ; days++) {
		const isDone = !(await sumUpDay(sql)) || performance.now() > endsAt;
		if (isDone) return days;
	}
}

async function sumUpDay(sql: Sql): Promise<boolean> {
	const rows = await sql`
		with alone as (
			select pg_try_advisory_xact_lock(hashtext('parley.usage_days')) as is_mine
		), next as (
			select coalesce((select max(day) + 1 from usage_days),
				(select (created_at at time zone 'UTC')::date from ledger order by (created_at at time zone 'UTC')::date limit 1)) as day
		), due as (
			select day from next, alone
			where is_mine and (day + 1)::timestamp at time zone 'UTC' + ${lateLinesMs} * interval '1 millisecond' < now()
		), lines as (
			select coalesce(ledger.user_id, ${noUserId}::uuid) as user_id, account, kind, amount_nano_usd, model_call_id,
				case when kind in ('grant', 'adjustment') then '' else coalesce(model_id, 'unknown') end as model_id
			from ledger where (created_at at time zone 'UTC')::date = (select day from due)
		), sums as (
			select lines.user_id, lines.model_id,
				coalesce(sum(amount_nano_usd) filter (where account = 'user' and lines.model_id <> ''), 0) as charged,
				coalesce(sum(amount_nano_usd) filter (where account = 'user' and lines.model_id = ''), 0) as adjusted,
				coalesce(sum(amount_nano_usd) filter (where account = 'house'), 0) as house, count(calls.id) as calls,
				coalesce(sum(input_tokens), 0) as input, coalesce(sum(cached_input_tokens), 0) as cached,
				coalesce(sum(cache_write_tokens), 0) as written, coalesce(sum(cache_write_1h_tokens), 0) as written_1h,
				coalesce(sum(output_tokens), 0) as output, coalesce(sum(reasoning_tokens), 0) as reasoning
			from lines left join model_calls as calls
				on account = 'user' and kind = 'call' and calls.id = lines.model_call_id
			group by 1, 2
		)
		insert into usage_days (user_id, day, model_id, charged_nano_usd, adjusted_nano_usd, house_nano_usd, calls, input_tokens,
			cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens)
		select user_id, day, model_id, charged, adjusted, house, calls, input, cached, written, written_1h, output, reasoning
		from due, sums
		union all
		select ${noUserId}::uuid, day, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
		from due where not exists (select from sums where user_id = ${noUserId}::uuid and model_id = '')
		on conflict do nothing
		returning day`;
	return rows.length > 0;
}

/** The days of a range that are whole and added up, the first and the one after the last; null when there are none. */
export interface WholeDays {
	/** `2026-11-24`, UTC. */
	readonly first: string;
	readonly end: string;
}

/** Lines never change and a day is added up once, so what is read afterwards fits. */
export async function readWholeDays(sql: Sql, { from, to }: Range): Promise<WholeDays | null> {
	const [days] = await sql<WholeDays[]>`
		with given as (
			select ((${from}::timestamptz + interval '1 day' - interval '1 microsecond') at time zone 'UTC')::date as first,
				(${to}::timestamptz at time zone 'UTC')::date as "to", (select max(day) + 1 from usage_days) as until
		)
		select first::text, least("to", until)::text as end from given
		where until is not null and first < least("to", until)`;
	return days ?? null;
}

/** The rest of a range: what is before and after its whole days. */
export function toPartialDays({ from, to }: Range, days: WholeDays | null): { from: string; to: string }[] {
	if (!days) return [{ from, to }];
	const parts = [
		{ from, to: `${days.first}T00:00:00.000Z` },
		{ from: `${days.end}T00:00:00.000Z`, to },
	];
	return parts.filter((part) => part.from < part.to);
}
