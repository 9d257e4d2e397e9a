import { and, eq, isNotNull, sql } from "drizzle-orm";
import { batches, batchItems } from "../../drizzle/schema/index.ts";
import type { TurnId, UserId } from "../contract/ids.ts";
import { type DatabaseOrTransaction, inTransaction } from "../db/index.ts";
import { toUnknownBatch } from "./read-batch.ts";

/**
 * Cancels a batch: waiting items never begin. Returns the turns of running items, which the caller stops; a process that is
 * about to begin one sees the cancellation when it stores its turn. Cancelling twice is cancelling once, and an ended batch
 * stays as it is.
 *
 * @throws AppError `not_found`, also for another person's batch.
 */
export async function cancelBatch(
	db: DatabaseOrTransaction,
	userId: UserId,
	batchId: string,
): Promise<{ turnIds: TurnId[] }> {
	await inTransaction(db, async (tx) => {
		const [batch] = await tx.orm
			.select({ endedAt: batches.endedAt })
			.from(batches)
			.where(and(eq(batches.id, batchId), eq(batches.userId, userId)))
			.for("no key update");
		if (!batch) throw toUnknownBatch();
		if (batch.endedAt === null) await dropWaiting(tx, batchId);
	});
	const running = await db.orm
		.select({ turnId: batchItems.turnId })
		.from(batchItems)
		.where(
			and(eq(batchItems.batchId, batchId), eq(batchItems.status, "running"), isNotNull(batchItems.turnId)),
		);
	return { turnIds: running.map(({ turnId }) => turnId as TurnId) };
}

/** The batch's row is locked, so no item ends between counting and writing. */
async function dropWaiting({ orm }: DatabaseOrTransaction, batchId: string): Promise<void> {
	const dropped = await orm
		.update(batchItems)
		.set({ status: "cancelled", endedAt: sql`now()` })
		.where(and(eq(batchItems.batchId, batchId), eq(batchItems.status, "waiting")))
		.returning({ position: batchItems.position });
	await orm
		.update(batches)
		.set({
			openItems: sql`${batches.openItems} - ${dropped.length}`,
			cancelledAt: sql`coalesce(${batches.cancelledAt}, now())`,
			endedAt: sql`case when ${batches.openItems} = ${dropped.length} then now() end`,
		})
		.where(eq(batches.id, batchId));
}
