/** Dropping old logs. Hand-written SQL: a walk along the primary key of the largest table, without reading its rows. */
import type { Sql } from "postgres";

/** Turns whose log is dropped in one statement: about 20,000 rows. */
const turnsMax = 250;
/** How long one pass goes on while there is more to drop. */
const passMsMax = 10_000;

/**
 * Drops the logs of turns that ended longer ago than `retentionMs`, and of turns that are gone: the message holds the text,
 * and the turn its end. One instance does it at a time. Returns how many turns were compacted.
 */
export async function compactLogs(sql: Sql, retentionMs: number): Promise<number> {
	const endsAt = performance.now() + passMsMax;
	let all = 0;
	for (;;) {
		const turns = await compactSome(sql, retentionMs);
		all += turns;
		if (turns < turnsMax || performance.now() > endsAt) return all;
	}
}

/**
 * Turn ids are made in the order of time (UUIDv7), so the oldest logs are the first of the primary key. The recursive query jumps
 * from one turn to the next by the index, whatever number of rows each has.
 */
async function compactSome(sql: Sql, retentionMs: number): Promise<number> {
	const [row] = await sql<{ turns: number }[]>`
		with recursive alone as (
			select pg_try_advisory_xact_lock(hashtext('parley.compact')) as is_mine
		), newest as (
			select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - ${retentionMs}::bigint), 12, '0')
				|| repeat('0', 20))::uuid as id
		), logged as (
			(select turn_id as id from turn_events where (select is_mine from alone) order by turn_id limit 1)
			union all
			select (select turn_id from turn_events where turn_id > logged.id order by turn_id limit 1)
			from logged where logged.id < (select id from newest)
		), old as (
			select logged.id from logged
			where logged.id < (select id from newest) and not exists (
				select from turns where turns.id = logged.id
					and (ended_at is null or ended_at > now() - ${retentionMs} * interval '1 millisecond')
			)
			limit ${turnsMax}
		), dropped as (
			delete from turn_events using old where turn_id = old.id
		)
		select count(*)::int as turns from old`;
	return row?.turns ?? 0;
}
