import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import type { MessageId, ThreadId, UserId } from "../contract/ids.ts";
import type { Publish, ViewerEvent } from "../contract/viewer-event.ts";
import { parseCursor, toCursor } from "./cursor.ts";
import { readThread } from "./read-thread.ts";
import { searchThreads } from "./search.ts";

export type Threads = ReturnType<typeof createThreads>;
type Change = Extract<ViewerEvent, { type: "thread-change" }>["change"];

/** A person's conversations. Every function takes the owner; somebody else's thread is `not_found`. */
export function createThreads({ sql, publish }: { sql: Sql; publish: Publish }) {
	function toChanged(userId: UserId, threadId: ThreadId, change: Change, rows: readonly object[]) {
		if (rows.length === 0) throw new AppError("not_found", "There is no such conversation.");
		publish(userId, { type: "thread-change", threadId, change });
		return { threadId };
	}

	return {
		list: (userId: UserId, page: { cursor?: string; limit: number }) => listThreads(sql, userId, page),
		get: (userId: UserId, page: { threadId: ThreadId; cursor?: string; limit: number }) =>
			readThread(sql, userId, page),
		search: (userId: UserId, page: { query: string; cursor?: string; limit: number }) =>
			searchThreads(sql, userId, page),

		/** A title chosen by the person is never overwritten by a generated one. */
		async rename(userId: UserId, { threadId, title }: { threadId: ThreadId; title: string }) {
			const rows = await sql`
				update threads set title = ${title.trim()}, title_source = 'manual'
				where id = ${threadId} and user_id = ${userId} and deleted_at is null returning id`;
			return toChanged(userId, threadId, "renamed", rows);
		},

		/** Hides the thread; `restore` brings it back. Deleting twice is deleting once. */
		async delete(userId: UserId, threadId: ThreadId) {
			const rows = await sql`
				update threads set deleted_at = coalesce(deleted_at, now())
				where id = ${threadId} and user_id = ${userId} returning id`;
			return toChanged(userId, threadId, "deleted", rows);
		},

		async restore(userId: UserId, threadId: ThreadId) {
			const rows = await sql`
				update threads set deleted_at = null where id = ${threadId} and user_id = ${userId} returning id`;
			return toChanged(userId, threadId, "restored", rows);
		},

		/** Shows the branch through a message from now on: down to its newest descendant. */
		async selectBranch(
			userId: UserId,
			{ threadId, messageId }: { threadId: ThreadId; messageId: MessageId },
		) {
			const rows = await sql`
				with recursive below as (
					select messages.id, 1 as depth from messages join threads on threads.id = messages.thread_id
					where messages.id = ${messageId} and threads.id = ${threadId} and user_id = ${userId}
						and deleted_at is null
					union all
					select child.id, depth + 1 from below cross join lateral (
						select id from messages where thread_id = ${threadId} and parent_id = below.id order by id desc limit 1
					) as child
				)
				update threads set active_leaf_id = (select id from below order by depth desc limit 1)
				where id = ${threadId} and user_id = ${userId} and exists (select from below) returning id`;
			return toChanged(userId, threadId, "branch", rows);
		},
	};
}

interface ListRow {
	id: string;
	title: string;
	createdAt: Date;
	activeAt: Date;
	/** Microseconds, which a JavaScript Date would lose. */
	activeAtKey: string;
	liveTurnId: string | null;
}

async function listThreads(sql: Sql, userId: UserId, { cursor, limit }: { cursor?: string; limit: number }) {
	const after = parseCursor(cursor, 2)?.map(String);
	const [activeAt, id] = [after?.[0] ?? null, after?.[1] ?? null];
	const rows = await sql<ListRow[]>`
		select id, title, created_at as "createdAt", active_at as "activeAt", active_at::text as "activeAtKey",
			(select turns.id from turns where thread_id = threads.id and status in ('queued', 'running') limit 1) as "liveTurnId"
		from threads
		where user_id = ${userId} and deleted_at is null and origin = 'chat'
			and (${activeAt}::text is null or (active_at, id) < (${activeAt}::text::timestamptz, ${id}::text::uuid))
		order by active_at desc, id desc limit ${limit + 1}`;
	const page = rows.slice(0, limit);
	const last = page.at(-1);
	return {
		threads: page.map((row) => ({
			...{ id: row.id, title: row.title, liveTurnId: row.liveTurnId },
			...{ createdAt: row.createdAt.toISOString(), activeAt: row.activeAt.toISOString() },
		})),
		nextCursor: rows.length > limit && last ? toCursor([last.activeAtKey, last.id]) : null,
	};
}
