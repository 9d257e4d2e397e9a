/** Hand-written SQL: a page of batches with the sums over the items of each. */
import { and, asc, eq, gte } from "drizzle-orm";
import type { Sql } from "postgres";
import { batches, batchItems, messages, threads, turns } from "../../drizzle/schema/index.ts";
import { AppError } from "../contract/errors.ts";
import type { UserId } from "../contract/ids.ts";
import type { Receipt } from "../contract/turn.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
import type { Batch, BatchItemStatus } from "./batch.ts";

interface BatchRow {
	batchId: string;
	createdAt: Date;
	endedAt: Date | null;
	cancelledAt: Date | null;
	looksAt: Date;
	pauseCode: string | null;
	pauseReason: string | null;
	pauseResetsAt: Date | null;
	itemCount: number;
	counts: Batch["counts"] | null;
	chargedNanoUsd: string;
}

/** @throws AppError `not_found`, also for another person's batch. */
export async function readBatch(sql: Sql, userId: UserId, batchId: string): Promise<Batch> {
	const [row] = await readRows(sql, userId, { batchId });
	if (!row) throw toUnknownBatch();
	return toBatch(row);
}

/** Newest first. */
export async function listBatches(
	sql: Sql,
	userId: UserId,
	{ cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ batches: Batch[]; nextCursor: string | null }> {
	const rows = await readRows(sql, userId, { before: cursor ?? null, limit: limit + 1 });
	const page = rows.slice(0, limit);
	return {
		batches: page.map(toBatch),
		nextCursor: rows.length > limit ? (page.at(-1)?.batchId ?? null) : null,
	};
}

interface Wanted {
	readonly batchId?: string;
	readonly before?: string | null;
	readonly limit?: number;
}

/** SQL by hand: a report over items, turns and ledger. Charged is what the ledger has for the turns named after the items. */
async function readRows(sql: Sql, userId: UserId, { batchId, before = null, limit = 1 }: Wanted) {
	return await sql<BatchRow[]>`
		select page.id as "batchId", created_at as "createdAt", ended_at as "endedAt", cancelled_at as "cancelledAt",
			looks_at as "looksAt", pause_code as "pauseCode", pause_reason as "pauseReason", pause_resets_at as "pauseResetsAt",
			coalesce(tally.items, 0)::int as "itemCount", tally.counts, coalesce(spent.nano_usd, 0)::text as "chargedNanoUsd"
		from (
			select * from batches where user_id = ${userId} and (${batchId ?? null}::uuid is null or id = ${batchId ?? null}::uuid)
				and (${before}::uuid is null or id < ${before}::uuid)
			order by id desc limit ${limit}
		) as page
		left join lateral (
			select sum(items) as items, json_object_agg(status, items) as counts
			from (select status, count(*)::int as items from batch_items where batch_id = page.id group by status) as by_status
		) as tally on true
		left join lateral (
			select sum(amount_nano_usd) as nano_usd from batch_items
			cross join lateral unnest(array['1', '2']) as try (number)
			join turns on turns.user_id = ${userId} and client_message_id = 'batch:' || batch_items.id || ':' || number
			join ledger on ledger.turn_id = turns.id and account = 'user'
			where batch_id = page.id and batch_items.turn_id is not null
		) as spent on true
		order by page.id desc`;
}

function toBatch({ looksAt, pauseCode, pauseReason, pauseResetsAt, counts, ...row }: BatchRow): Batch {
	const isPaused = pauseCode !== null && row.endedAt === null && row.cancelledAt === null;
	return {
		batchId: row.batchId,
		itemCount: row.itemCount,
		chargedNanoUsd: row.chargedNanoUsd,
		status: toStatus(row, isPaused),
		pause: isPaused
			? {
					code: pauseCode,
					reason: pauseReason,
					resetsAt: pauseResetsAt?.toISOString() ?? null,
					triesAt: looksAt.toISOString(),
				}
			: null,
		counts: counts ?? {},
		createdAt: row.createdAt.toISOString(),
		endedAt: row.endedAt?.toISOString() ?? null,
	};
}

function toStatus(
	{ endedAt, cancelledAt }: BatchRow | Pick<BatchRow, "endedAt" | "cancelledAt">,
	isPaused: boolean,
) {
	if (cancelledAt) return endedAt ? "cancelled" : "cancelling";
	if (endedAt) return "complete";
	return isPaused ? "paused" : "running";
}

export interface BatchResult {
	readonly position: number;
	readonly status: BatchItemStatus;
	readonly code: string | null;
	/** Where the answer stands; null until it begins. */
	readonly turnId: string | null;
	readonly threadId: string | null;
	/** What there is of the answer; null until its end, and when its conversation was deleted. */
	readonly text: string | null;
	readonly receipt: Receipt | null;
}

/** The items of a batch from a position on, in their order, ended or not. @throws AppError `not_found` */
export async function readResults(
	{ orm }: DatabaseOrTransaction,
	userId: UserId,
	{ batchId, cursor, limit }: { batchId: string; cursor?: number | undefined; limit: number },
): Promise<{ items: BatchResult[]; nextCursor: string | null }> {
	const owned = await orm
		.select({ id: batches.id })
		.from(batches)
		.where(and(eq(batches.id, batchId), eq(batches.userId, userId)));
	if (owned.length === 0) throw toUnknownBatch();
	const from = cursor ?? 0;
	const rows = await orm
		.select({
			position: batchItems.position,
			status: batchItems.status,
			code: batchItems.code,
			endedAt: batchItems.endedAt,
			turnId: turns.id,
			threadId: turns.threadId,
			deletedAt: threads.deletedAt,
			text: messages.text,
			receipt: turns.receipt,
		})
		.from(batchItems)
		.leftJoin(turns, and(eq(turns.id, batchItems.turnId), eq(turns.userId, userId)))
		.leftJoin(threads, eq(threads.id, turns.threadId))
		.leftJoin(messages, eq(messages.id, turns.assistantMessageId))
		.where(and(eq(batchItems.batchId, batchId), gte(batchItems.position, from)))
		.orderBy(asc(batchItems.position))
		.limit(limit + 1);
	const items = rows.slice(0, limit).map(({ endedAt, deletedAt, text, receipt, ...item }) => ({
		...item,
		text: endedAt !== null && deletedAt === null ? text : null,
		// The statement that closed the turn wrote it.
		receipt: endedAt === null ? null : (receipt as Receipt | null),
	}));
	return { items, nextCursor: rows.length > limit ? String(from + limit) : null };
}

export const toUnknownBatch = () => new AppError("not_found", "There is no such batch.");
