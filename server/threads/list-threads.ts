import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { threads, turns } from "../../drizzle/schema/index.ts";
import { type ThreadId, threadId, type UserId } from "../contract/ids.ts";
import { toLiveCondition } from "../contract/turn-status.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
import { parseCursor, toCursor, toForgedCursor } from "./cursor.ts";

/** Microseconds since 1970, which a JavaScript Date would lose. */
const activeAtKey = sql<string>`(extract(epoch from ${threads.activeAt}) * 1000000)::bigint::text`;
/** Written out, as in the index `threads_list`: the planner has to see it, not a parameter. */
const isChat = sql`${threads.origin} = 'chat'`;
const isLive = sql.raw(toLiveCondition('"turns"."status"'));

/** A page of a person's threads, the last active first, each with the turn that is being answered in it. */
export async function listThreads(
	{ orm }: Pick<DatabaseOrTransaction, "orm">,
	userId: UserId,
	{ cursor, limit }: { cursor?: string; limit: number },
) {
	const live = orm
		.select({ id: turns.id })
		.from(turns)
		.where(and(eq(turns.threadId, threads.id), isLive))
		.limit(1)
		.as("live");
	const rows = await orm
		.select({
			id: threads.id,
			title: threads.title,
			createdAt: threads.createdAt,
			activeAt: threads.activeAt,
			activeAtKey,
			liveTurnId: live.id,
		})
		.from(threads)
		.leftJoinLateral(live, sql`true`)
		.where(and(eq(threads.userId, userId), isNull(threads.deletedAt), isChat, toPlace(cursor)))
		.orderBy(desc(threads.activeAt), desc(threads.id))
		.limit(limit + 1);
	const page = rows.slice(0, limit);
	const last = page.at(-1);
	return {
		threads: page.map(({ activeAtKey: _, ...row }) => ({
			...row,
			createdAt: row.createdAt.toISOString(),
			activeAt: row.activeAt.toISOString(),
		})),
		nextCursor: rows.length > limit && last ? toCursor([last.activeAtKey, last.id]) : null,
	};
}

/**
 * What comes after the last row of the page before.
 *
 * @throws AppError `invalid_request` for a cursor that no page of this list had.
 */
function toPlace(cursor: string | undefined): SQL | undefined {
	const [activeAt, id] = parseCursor(cursor, 2) ?? [];
	if (activeAt === undefined) return undefined;
	const last = threadId.safeParse(id);
	if (!/^\d{1,16}$/.test(String(activeAt)) || !last.success) throw toForgedCursor();
	return toAfter(String(activeAt), last.data);
}

const toAfter = (activeAt: string, id: ThreadId) => sql`
	(${threads.activeAt}, ${threads.id})
		< ('epoch'::timestamptz + ${activeAt}::text::float8 * interval '1 microsecond', ${id}::text::uuid)`;
