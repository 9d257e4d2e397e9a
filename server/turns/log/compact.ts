import type { Sql } from "postgres";

/** Turns whose log is dropped in one statement. */
const turnsMax = 200;

/**
 * Drops the logs of turns that ended longer ago than `retentionMs`, and of turns that are gone: the message holds the text,
 * and the turn its end. Turn ids are made in the order of time (UUIDv7), so that the oldest rows are the first of the
 * primary key. One instance does it at a time. Returns how many turns were compacted.
 */
export async function compactLogs(sql: Sql, retentionMs: number): Promise<number> {
	const [row] = await sql<{ turns: number }[]>`
		with alone as (
			select pg_try_advisory_xact_lock(hashtext('parley.compact')) as is_mine
		), newest as (
			select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - ${retentionMs}::bigint), 12, '0')
				|| repeat('0', 20))::uuid as id
		), old as (
			select distinct turn_id as id from turn_events
			where turn_id < (select id from newest) and (select is_mine from alone)
				and not exists (
					select from turns where turns.id = turn_id
						and (ended_at is null or ended_at > now() - ${retentionMs} * interval '1 millisecond')
				)
			limit ${turnsMax}
		), dropped as (
			delete from turn_events using old where turn_id = old.id returning turn_id
		)
		select count(distinct turn_id)::int as turns from dropped`;
	return row?.turns ?? 0;
}
