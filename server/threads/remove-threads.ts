/** Removing threads for good. Hand-written SQL: each statement deletes a bounded number of rows, and none of a thread with a live turn. */
import type { Sql } from "postgres";
import type { ThreadId, UserId } from "../contract/ids.ts";
import { isLive } from "../db/index.ts";
import { trashDays } from "./threads.ts";

/** How long the conversation of a stateless call is kept, so that its caller can ask again under the same name. */
const callDays = 30;

/**
 * At most `max` conversations that can be restored no more, those first that were deleted first, and those of old calls of programs. The
 * hour keeps them apart from a restore that began just before the end of the trash time.
 */
export async function findTrash(sql: Sql, max: number): Promise<ThreadId[]> {
	const rows = await sql<{ id: ThreadId }[]>`
		(
			select id from threads
			where deleted_at < now() - ${trashDays} * interval '1 day' - interval '1 hour' and ${withoutLiveTurn(sql)}
			order by deleted_at limit ${max}
		) union (
			select id from threads
			where origin = 'api' and created_at < now() - ${callDays} * interval '1 day' and ${withoutLiveTurn(sql)}
			order by created_at limit ${max}
		) limit ${max}`;
	return rows.map(({ id }) => id);
}

/**
 * Removes at most `rowsMax` messages of these threads or, once they have none, the threads; returns how many rows it found, also
 * those that another process has removed meanwhile. A thread in which an answer is being written stays. Rows are locked in id
 * order, so that several processes may remove the same threads.
 */
export async function removeThreads(
	sql: Sql,
	owner: { readonly userId: UserId } | { readonly threadIds: readonly ThreadId[] },
	rowsMax: number,
): Promise<number> {
	const [userId, threadIds] = "userId" in owner ? [owner.userId, null] : [null, [...owner.threadIds]];
	const theirs = sql`
		(threads.user_id = ${userId}::uuid or threads.id = any(${threadIds}::uuid[]))
		and not exists (select from turns where turns.thread_id = threads.id)`;
	const messages = await sql`
		with found as materialized (
			select messages.id from threads join messages on messages.thread_id = threads.id where ${theirs} limit ${rowsMax}
		), locked as materialized (
			select id from messages where id in (select id from found) order by id for update
		), removed as (
			delete from messages using locked where messages.id = locked.id
		)
		select from found`;
	if (messages.length > 0) return messages.length;
	const threads = await sql`
		with found as materialized (
			select id from threads where ${theirs} limit ${rowsMax}
		), locked as materialized (
			select id from threads where id in (select id from found) order by id for update
		), removed as (
			delete from threads using locked where threads.id = locked.id
		)
		select from found`;
	return threads.length;
}

const withoutLiveTurn = (sql: Sql) => sql`
	not exists (select from turns where turns.thread_id = threads.id and ${isLive(sql, "turns.status")})`;
