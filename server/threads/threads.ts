import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import { type MessageId, type ThreadId, threadId, type UserId } from "../contract/ids.ts";
import type { Publish, ViewerEvent } from "../contract/viewer-event.ts";
import { parseCursor, toCursor, toForgedCursor } from "./cursor.ts";
import { readThread } from "./read-thread.ts";
import { searchThreads } from "./search/search.ts";

/** A deleted thread can be restored for this long; an hour later it is removed for good. The page that deletes says so. */
export const trashDays = 30;

export type Threads = ReturnType<typeof createThreads>;
type Change = Extract<ViewerEvent, { type: "thread-change" }>["change"];

/** A person's conversations. Every function takes the owner; the thread of another person is `not_found`. */
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

		/**
		 * Hides threads; `restore` brings one back within the trash time. Deleting twice is deleting once. Returns those that are
		 * the person's. @throws AppError `not_found` when none of them is.
		 */
		async delete(userId: UserId, threadIds: readonly ThreadId[]) {
			const rows = await sql<{ id: ThreadId }[]>`
				update threads set deleted_at = coalesce(deleted_at, now())
				where id = any(${[...threadIds]}::uuid[]) and user_id = ${userId} returning id`;
			if (rows.length === 0) throw new AppError("not_found", "There is no such conversation.");
			for (const { id } of rows) publish(userId, { type: "thread-change", threadId: id, change: "deleted" });
			return { threadIds: rows.map(({ id }) => id) };
		},

		async restore(userId: UserId, threadId: ThreadId) {
			const rows = await sql`
				update threads set deleted_at = null
				where id = ${threadId} and user_id = ${userId}
					and (deleted_at is null or deleted_at > now() - ${trashDays} * interval '1 day')
				returning id`;
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
	/** Microseconds since 1970, which a JavaScript Date would lose. */
	activeAtKey: string;
	liveTurnId: string | null;
}

/** @throws AppError `invalid_request` for a cursor that no page of this list had. */
function parseListCursor(cursor: string | undefined): { activeAt: string | null; id: ThreadId | null } {
	const [activeAt, id] = parseCursor(cursor, 2) ?? [];
	if (activeAt === undefined) return { activeAt: null, id: null };
	const parsed = threadId.safeParse(id);
	if (!/^\d{1,16}$/.test(String(activeAt)) || !parsed.success) throw toForgedCursor();
	return { activeAt: String(activeAt), id: parsed.data };
}

async function listThreads(sql: Sql, userId: UserId, { cursor, limit }: { cursor?: string; limit: number }) {
	const { activeAt, id } = parseListCursor(cursor);
	const rows = await sql<ListRow[]>`
		select id, title, created_at as "createdAt", active_at as "activeAt", 
			(extract(epoch from active_at) * 1000000)::bigint::text as "activeAtKey",
			(select turns.id from turns where thread_id = threads.id and status in ('queued', 'running') limit 1) as "liveTurnId"
		from threads
		where user_id = ${userId} and deleted_at is null and origin = 'chat'
			and (${activeAt}::text is null
				or (active_at, id) < ('epoch'::timestamptz + ${activeAt}::text::float8 * interval '1 microsecond', ${id}::text::uuid))
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
