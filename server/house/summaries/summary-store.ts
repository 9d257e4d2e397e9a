/** The summaries of threads. Hand-written SQL: each statement looks whose thread it is. */
import type { Sql } from "postgres";
import { createId, type ThreadId, type UserId } from "../../contract/ids.ts";
import type { SummaryLog } from "./compact.ts";

export interface StoredSummary extends SummaryLog {
	readonly id: string;
	readonly isInUse: boolean;
}

/** Every summary of a thread, the newest first, also those that were taken back or never confirmed. */
export async function readSummaries(sql: Sql, threadId: ThreadId): Promise<StoredSummary[]> {
	return await sql<StoredSummary[]>`
		select id, through_message_id as "throughMessageId", text, tokens, source_tokens as "sourceTokens",
			undone_at is null as "isInUse"
		from context_summaries where thread_id = ${threadId} order by created_at desc, id desc`;
}

/**
 * Stores a summary; one that is only proposed is not in use until it is confirmed. Null, having written nothing, when the thread is gone or
 * deleted, or another process has summarised it up to the same message.
 */
export async function storeSummary(
	sql: Sql,
	summary: SummaryLog,
	of: {
		readonly userId: UserId;
		readonly threadId: ThreadId;
		readonly modelId: string;
		readonly callId: string;
		readonly isProposed: boolean;
	},
): Promise<string | null> {
	const id = createId<string>();
	const { threadId, userId, isProposed } = of;
	const rows = await sql`
		with thread as (
			select threads.id from threads join messages on messages.thread_id = threads.id
			where threads.id = ${threadId} and user_id = ${userId} and deleted_at is null and messages.id = ${summary.throughMessageId}
			for no key update of threads
		)
		insert into context_summaries (id, thread_id, through_message_id, text, tokens, source_tokens, model_id, model_call_id, undone_at)
		select ${id}, thread.id, ${summary.throughMessageId}, ${summary.text}, ${summary.tokens}, ${summary.sourceTokens},
			${of.modelId}, ${of.callId}, case when ${isProposed} then now() end
		from thread where ${isProposed} or not exists (
			select from context_summaries as other where other.thread_id = thread.id
				and other.through_message_id = ${summary.throughMessageId} and other.undone_at is null
		)
		returning id`;
	return rows.length === 1 ? id : null;
}

/** Puts a summary of the person's to use, or takes it back; false when there is no such summary. Twice is once. */
export async function switchSummary(
	sql: Sql,
	by: { readonly userId: UserId; readonly summaryId: string; readonly isInUse: boolean },
): Promise<ThreadId | null> {
	const rows = await sql<{ threadId: ThreadId }[]>`
		update context_summaries set undone_at = case when not ${by.isInUse} then coalesce(undone_at, now()) end
		from threads where threads.id = thread_id and context_summaries.id = ${by.summaryId} and threads.user_id = ${by.userId}
			and deleted_at is null
		returning thread_id as "threadId"`;
	return rows[0]?.threadId ?? null;
}

/** What a call has cost, nano-dollars as a decimal string. */
export async function readCallCost(sql: Sql, callId: string): Promise<string> {
	const [row] = await sql<{ cost: string }[]>`
		select cost_nano_usd::text as cost from model_calls where id = ${callId}`;
	return row?.cost ?? "0";
}
