import type { Sql } from "postgres";
import { AppError } from "../errors.ts";
import type { MessageId, ThreadId, UserId } from "../ids.ts";
import { type Receipt, type TurnEvent, type TurnStatus, toEventId, toSpoken } from "../turn.ts";
import { parseCursor, toCursor } from "./cursor.ts";

export interface ThreadMessage {
	readonly id: string;
	readonly parentMessageId: string | null;
	readonly role: "user" | "assistant";
	readonly text: string;
	readonly createdAt: string;
	readonly siblings: { readonly index: number; readonly ids: string[] };
	readonly turn: {
		readonly turnId: string;
		readonly status: TurnStatus;
		readonly code: string | null;
		readonly requestedModel: string;
		readonly receipt: Receipt | null;
	} | null;
}

interface MessageRow extends Omit<ThreadMessage, "siblings" | "createdAt"> {
	createdAt: Date;
	siblingIds: string[];
}

interface Page {
	readonly threadId: ThreadId;
	readonly cursor?: string;
	readonly limit: number;
}

/**
 * One page of the branch viewed last, root first, the newest page first; with it, from the same snapshot, the turn that
 * still grows.
 *
 * @throws AppError `not_found`, also for somebody else's thread.
 */
export async function readThread(sql: Sql, userId: UserId, { threadId, cursor, limit }: Page) {
	return await sql.begin("isolation level repeatable read read only", async (tx) => {
		const snapshot = tx as unknown as Sql;
		const [thread] = await snapshot<
			{ id: string; title: string; createdAt: Date; activeAt: Date; leafId: MessageId }[]
		>`
			select id, title, created_at as "createdAt", active_at as "activeAt", active_leaf_id as "leafId"
			from threads where id = ${threadId} and user_id = ${userId} and deleted_at is null`;
		if (!thread) throw new AppError("not_found", "There is no such conversation.");
		const [from] = parseCursor(cursor, 1) ?? [thread.leafId];
		const rows = await readPage(snapshot, { threadId, from: String(from), limit });
		const { id, title, createdAt, activeAt } = thread;
		const oldest = rows.at(0);
		return {
			thread: { id, title, createdAt: createdAt.toISOString(), activeAt: activeAt.toISOString() },
			messages: rows.map(toMessage),
			nextCursor:
				rows.length === limit && oldest?.parentMessageId ? toCursor([oldest.parentMessageId]) : null,
			liveTurn: await readLiveTurn(snapshot, rows),
		};
	});
}

async function readPage(
	sql: Sql,
	page: { threadId: ThreadId; from: string; limit: number },
): Promise<MessageRow[]> {
	return await sql<MessageRow[]>`
		with recursive branch as (
			select id, thread_id, parent_id, role, text, created_at, 1 as depth from messages
			where thread_id = ${page.threadId} and id::text = ${page.from}
			union all
			select older.id, older.thread_id, older.parent_id, older.role, older.text, older.created_at, depth + 1
			from messages as older join branch on older.id = branch.parent_id where depth < ${page.limit}
		)
		select branch.id, branch.parent_id as "parentMessageId", branch.role, branch.text, branch.created_at as "createdAt",
			array(
				select twins.id from messages as twins
				where twins.thread_id = branch.thread_id and twins.parent_id is not distinct from branch.parent_id
				order by twins.id
			) as "siblingIds",
			case when turns.id is not null then json_build_object('turnId', turns.id, 'status', status, 'code', code,
				'requestedModel', requested_model, 'receipt', receipt) end as turn
		from branch left join turns on turns.assistant_message_id = branch.id
		order by depth desc`;
}

function toMessage({ siblingIds, createdAt, ...row }: MessageRow): ThreadMessage {
	return {
		...row,
		createdAt: createdAt.toISOString(),
		siblings: { index: siblingIds.indexOf(row.id), ids: siblingIds },
	};
}

async function readLiveTurn(sql: Sql, rows: readonly MessageRow[]) {
	const live = rows.find(({ turn }) => turn?.status === "running" || turn?.status === "queued");
	if (!live?.turn) return null;
	const { turnId } = live.turn;
	const logged = await sql<{ epoch: number; seq: number; event: TurnEvent }[]>`
		select epoch, seq, event from turn_events where turn_id = ${turnId} order by seq`;
	const last = logged.at(-1) ?? { epoch: 1, seq: 0 };
	const spoken = toSpoken(logged.map(({ event }) => event));
	return { turnId, assistantMessageId: live.id, lastEventId: toEventId(last), ...spoken };
}
