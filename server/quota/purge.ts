/** Hand-written SQL: batches that skip what is locked, by the index on the period of a bucket. */
import type { Sql } from "postgres";

/** Past any time zone and any running turn, and long enough to look at. */
const keptDays = 40;
const batchRows = 1_000;
const passMsMax = 2_000;

/**
 * Removes buckets whose day or month is long over and what former accounts used then, a batch at a time. Buckets that still hold
 * something stay. Returns how many rows were removed.
 */
export async function purgeOldPeriods(sql: Sql): Promise<number> {
	const endsAt = performance.now() + passMsMax;
	let removed = 0;
	for (;;) {
		const batch = (await purgeBuckets(sql)) + (await purgeAllowances(sql));
		removed += batch;
		if (batch < batchRows || performance.now() > endsAt) return removed;
	}
}

/** The expression is that of the index; a month counts as its first day, which is over earlier than its last. */
async function purgeBuckets(sql: Sql): Promise<number> {
	const rows = await sql`
		delete from quota_buckets where key in (
			select key from quota_buckets
			where (case when key like 'user:%' then split_part(key, ':', 4) else split_part(key, ':', 3) end) collate "C"
					< to_char((now() at time zone 'UTC') - ${keptDays} * interval '1 day', 'YYYY-MM-DD') collate "C"
				and reserved_nano_usd = 0 and reserved_tokens = 0 and reserved_requests = 0
			limit ${batchRows} for update skip locked
		) returning 1`;
	return rows.length;
}

async function purgeAllowances(sql: Sql): Promise<number> {
	const rows = await sql`
		delete from former_allowances where (email_key, period) in (
			select email_key, period from former_allowances
			where updated_at < now() - ${keptDays} * interval '1 day'
			limit ${batchRows} for update skip locked
		) returning 1`;
	return rows.length;
}
