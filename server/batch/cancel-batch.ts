import type { Sql } from "postgres";
import type { TurnId, UserId } from "../contract/ids.ts";
import { toUnknownBatch } from "./read-batch.ts";

/**
 * Cancels a batch: what waits never begins. Returns the turns of items at work, for whoever stops them; a process that is about
 * to begin one sees it when it writes its turn down. Cancelling twice is cancelling once, and an ended batch stays what it is.
 *
 * @throws AppError `not_found`, also for somebody else's.
 */
export async function cancelBatch(sql: Sql, userId: UserId, batchId: string): Promise<{ turnIds: TurnId[] }> {
	await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		const [batch] = await tx<{ isEnded: boolean }[]>`
			select ended_at is not null as "isEnded" from batches where id = ${batchId} and user_id = ${userId}
			for no key update`;
		if (!batch) throw toUnknownBatch();
		if (!batch.isEnded) await dropWaiting(tx, batchId);
	});
	const running = await sql<{ turnId: TurnId }[]>`
		select turn_id as "turnId" from batch_items
		where batch_id = ${batchId} and status = 'running' and turn_id is not null`;
	return { turnIds: running.map(({ turnId }) => turnId) };
}

/** Counted with the batch's row locked: no item ends meanwhile. */
async function dropWaiting(tx: Sql, batchId: string): Promise<void> {
	await tx`
		with dropped as (
			update batch_items set status = 'cancelled', ended_at = now() where batch_id = ${batchId} and status = 'waiting'
			returning position
		), tally as (
			select ${batchId}::uuid as id, count(*)::int as items from dropped
		)
		update batches set open_items = open_items - items, cancelled_at = coalesce(cancelled_at, now()),
			ended_at = case when open_items = items then now() end
		from tally where batches.id = tally.id`;
}
