import type { Sql } from "postgres";
import type { TurnId, UserId } from "../ids.ts";
import { toUnknownBatch } from "./read-batch.ts";

/**
 * Cancels a batch: what waits never begins. Returns the turns of items at work, for whoever stops them; a process that is about
 * to begin one sees it when it writes its turn down. Cancelling twice is cancelling once, and an ended batch stays what it is.
 *
 * @throws AppError `not_found`, also for somebody else's.
 */
export async function cancelBatch(sql: Sql, userId: UserId, batchId: string): Promise<{ turnIds: TurnId[] }> {
	const rows = await sql`
		with wanted as (
			select id from batches where id = ${batchId} and user_id = ${userId} for no key update
		), dropped as (
			update batch_items set status = 'cancelled', ended_at = now() from wanted, batches
			where batch_id = wanted.id and batches.id = wanted.id and batches.ended_at is null and status = 'waiting'
			returning position
		)
		update batches set open_items = open_items - (select count(*) from dropped)::int,
			cancelled_at = case when ended_at is null then coalesce(cancelled_at, now()) else cancelled_at end,
			ended_at = case when ended_at is null and open_items = (select count(*) from dropped) then now() else ended_at end
		from wanted where batches.id = wanted.id returning batches.id`;
	if (rows.length === 0) throw toUnknownBatch();
	const running = await sql<{ turnId: TurnId }[]>`
		select turn_id as "turnId" from batch_items
		where batch_id = ${batchId} and status = 'running' and turn_id is not null`;
	return { turnIds: running.map(({ turnId }) => turnId) };
}
