/** Hand-written SQL: each of these writes an item and its batch in one statement, by compare-and-set on the claim. */
import type { Sql } from "postgres";
import type { TurnId } from "../contract/ids.ts";
import type { BatchItemStatus } from "./batch.ts";
import type { ClaimedItem } from "./claim-items.ts";

/** What came of an item that this process worked on. */
export type ItemOutcome =
	| { readonly do: "end"; readonly status: BatchItemStatus; readonly code: string | null }
	/** The item waits again, and its batch with it. */
	| { readonly do: "release"; readonly afterMs: number; readonly pause: PauseCause | null };

/** The refusal that a batch waits out. */
export interface PauseCause {
	readonly code: string;
	readonly reason: string | null;
	/** ISO 8601; null when it is not known. */
	readonly resetsAt: string | null;
}

/**
 * Stores which turn answers an item and ends the batch's pause.
 *
 * @returns `mustStop`: the batch was cancelled, or its owner suspended, since the item was claimed.
 */
export async function noteTurn(sql: Sql, item: ClaimedItem, turnId: TurnId): Promise<{ mustStop: boolean }> {
	const [row] = await sql<{ mustStop: boolean }[]>`
		with noted as (
			update batch_items set turn_id = ${turnId}
			where batch_id = ${item.batchId} and position = ${item.position} and claims = ${item.claim}
		), freed as (
			update batches set pause_code = null, pause_reason = null, pause_resets_at = null
			where id = ${item.batchId} and pause_code is not null
		)
		select cancelled_at is not null or suspended_at is not null as "mustStop"
		from batches join users on users.id = user_id where batches.id = ${item.batchId}`;
	return row ?? { mustStop: true };
}

/** Ends an item or lets it wait again; false, having written nothing, when another process has claimed it since. */
export async function settleItem(sql: Sql, item: ClaimedItem, outcome: ItemOutcome): Promise<boolean> {
	const rows =
		outcome.do === "end" ? await endItem(sql, item, outcome) : await releaseItem(sql, item, outcome);
	return rows.length === 1;
}

/** Lock the item's row before its batch's, as every statement that needs both does, to avoid deadlocks. */
async function endItem(sql: Sql, item: ClaimedItem, outcome: Extract<ItemOutcome, { do: "end" }>) {
	return await sql`
		with ended as (
			update batch_items set status = ${outcome.status}, code = ${outcome.code}, ended_at = now(), lease_expires_at = null
			where batch_id = ${item.batchId} and position = ${item.position} and claims = ${item.claim} and status = 'running'
			returning batch_id
		)
		update batches set open_items = open_items - 1, ended_at = case when open_items = 1 then now() end
		from ended where batches.id = ended.batch_id returning batches.id`;
}

async function releaseItem(
	sql: Sql,
	item: ClaimedItem,
	{ afterMs, pause }: Extract<ItemOutcome, { do: "release" }>,
) {
	const resetsAt = pause?.resetsAt ?? null;
	return await sql`
		with released as (
			update batch_items set status = 'waiting', lease_expires_at = null
			where batch_id = ${item.batchId} and position = ${item.position} and claims = ${item.claim} and status = 'running'
			returning batch_id
		)
		update batches set looks_at = least(now() + ${afterMs} * interval '1 millisecond', ${resetsAt}::text::timestamptz),
			pause_code = ${pause?.code ?? null}, pause_reason = ${pause?.reason ?? null},
			pause_resets_at = ${resetsAt}::text::timestamptz
		from released where batches.id = released.batch_id returning batches.id`;
}
