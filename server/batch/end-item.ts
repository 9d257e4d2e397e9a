import type { Sql } from "postgres";
import type { TurnId } from "../contract/ids.ts";
import type { ClaimedItem } from "./claim-items.ts";
import type { BatchItemStatus } from "./words.ts";

/** What became of an item in this process's hands. */
export type ItemOutcome =
	| { readonly do: "end"; readonly status: BatchItemStatus; readonly code: string | null }
	/** It waits again, and its batch with it. */
	| { readonly do: "release"; readonly afterMs: number; readonly pause: PauseCause | null };

/** The refusal that a batch waits out. */
export interface PauseCause {
	readonly code: string;
	readonly reason: string | null;
	/** ISO 8601; null when nobody knows. */
	readonly resetsAt: string | null;
}

/** Writes down which turn answers an item; nothing is in its batch's way then. Tells whether the batch was cancelled meanwhile. */
export async function noteTurn(
	sql: Sql,
	item: ClaimedItem,
	turnId: TurnId,
): Promise<{ isCancelled: boolean }> {
	const [row] = await sql<{ isCancelled: boolean }[]>`
		with noted as (
			update batch_items set turn_id = ${turnId}
			where batch_id = ${item.batchId} and position = ${item.position} and claims = ${item.claim}
		), freed as (
			update batches set pause_code = null, pause_reason = null, pause_resets_at = null
			where id = ${item.batchId} and pause_code is not null
		)
		select cancelled_at is not null as "isCancelled" from batches where id = ${item.batchId}`;
	return row ?? { isCancelled: true };
}

/** Ends an item or lets it wait again; false, having written nothing, when another process has it by now. */
export async function settleItem(sql: Sql, item: ClaimedItem, outcome: ItemOutcome): Promise<boolean> {
	const rows =
		outcome.do === "end" ? await endItem(sql, item, outcome) : await releaseItem(sql, item, outcome);
	return rows.length === 1;
}

/** The item's row is locked before its batch's, here and in every statement that needs both. */
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
