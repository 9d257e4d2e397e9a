/**
 * Reading a page of a thread. Hand-written SQL: a walk up the tree of messages, with the turns of each answer, in one snapshot with the
 * log of the turn that still grows.
 */
import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import { toEventId } from "../contract/event-id.ts";
import { foldEvents } from "../contract/fold.ts";
import { type MessageId, messageId, type ThreadId, type UserId } from "../contract/ids.ts";
import { type MessagePart, parseStoredParts } from "../contract/parts.ts";
import type { ContextSettings } from "../contract/sent-context.ts";
import type { ModelSpan, Receipt, TurnEvent } from "../contract/turn.ts";
import { isTerminal, type TurnStatus } from "../contract/turn-status.ts";
import { type DatabaseOrTransaction, inTransaction } from "../db/index.ts";
import { parseCursor, toCursor, toForgedCursor } from "./cursor.ts";

export interface ThreadMessage {
	readonly id: string;
	readonly parentMessageId: string | null;
	readonly role: "user" | "assistant";
	readonly text: string;
	/** Null for a message that its text tells whole. */
	readonly parts: readonly MessagePart[] | null;
	readonly createdAt: string;
	/** When it was pinned; null: it is not. */
	readonly pinnedAt: string | null;
	readonly siblings: { readonly index: number; readonly ids: string[] };
	/** Who wrote which part of an answer, over all its turns that have ended. */
	readonly modelSpans: readonly ModelSpan[];
	/** The newest turn of an answer; the cost of its receipt is the whole answer's. */
	readonly turn: {
		readonly turnId: string;
		readonly status: TurnStatus;
		readonly code: string | null;
		readonly requestedModel: string;
		readonly receipt: Receipt | null;
	} | null;
}

interface MessageRow
	extends Omit<ThreadMessage, "siblings" | "createdAt" | "pinnedAt" | "modelSpans" | "parts"> {
	storedParts: unknown;
	createdAt: Date;
	pinnedAt: Date | null;
	siblingIds: string[];
	/** Of all parts of an answer that was continued. */
	costNanoUsd: string | null;
	spansOfTurns: ModelSpan[][] | null;
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
 * @throws AppError `not_found`, also for the thread of another person.
 */
export async function readThread(
	db: Pick<DatabaseOrTransaction, "orm">,
	userId: UserId,
	{ threadId, cursor, limit }: Page,
) {
	const options = { isolationLevel: "repeatable read", accessMode: "read only" } as const;
	return await inTransaction(
		db,
		async ({ sql }) => {
			const [thread] = await sql<
				(ContextSettings & {
					id: string;
					title: string;
					createdAt: Date;
					activeAt: Date;
					leafId: MessageId;
				})[]
			>`
			select id, title, created_at as "createdAt", active_at as "activeAt", active_leaf_id as "leafId",
				context_strategy as strategy, context_tokens_max as "tokensMax"
			from threads where id = ${threadId} and user_id = ${userId} and deleted_at is null and origin <> 'api'`;
			if (!thread) throw new AppError("not_found", "There is no such conversation.");
			const from = cursor === undefined ? thread.leafId : parsePageCursor(cursor);
			const rows = await readPage(sql, { threadId, from, limit });
			const { id, title, createdAt, activeAt, strategy, tokensMax } = thread;
			const oldest = rows.at(0);
			return {
				thread: {
					id,
					title,
					createdAt: createdAt.toISOString(),
					activeAt: activeAt.toISOString(),
					context: { strategy, tokensMax },
				},
				messages: rows.map(toMessage),
				nextCursor:
					rows.length === limit && oldest?.parentMessageId ? toCursor([oldest.parentMessageId]) : null,
				liveTurn: await readLiveTurn(sql, rows),
			};
		},
		options,
	);
}

/** The message that an older page ends with. */
function parsePageCursor(cursor: string): MessageId {
	const from = messageId.safeParse(parseCursor(cursor, 1)?.[0]);
	if (!from.success) throw toForgedCursor();
	return from.data;
}

/**
 * A message shows the newest of its turns (an answer that was continued has several), by the database's clock. Every step
 * is an index look-up: messages without a parent are asked for apart, because `is not distinct from` uses no index.
 */
async function readPage(
	sql: Sql,
	page: { threadId: ThreadId; from: MessageId; limit: number },
): Promise<MessageRow[]> {
	return await sql<MessageRow[]>`
		with recursive branch as (
			select id, thread_id, parent_id, role, text, parts, created_at, pinned_at, 1 as depth from messages
			where id = ${page.from} and thread_id = ${page.threadId}
			union all
			select older.id, older.thread_id, older.parent_id, older.role, older.text, older.parts, older.created_at, older.pinned_at,
				depth + 1
			from messages as older join branch on older.id = branch.parent_id where depth < ${page.limit}
		)
		select branch.id, branch.parent_id as "parentMessageId", branch.role, branch.text, branch.parts as "storedParts", branch.created_at as "createdAt", branch.pinned_at as "pinnedAt",
			array(
				select id from messages
				where messages.thread_id = branch.thread_id and messages.parent_id = branch.parent_id
				union all
				select id from messages
				where branch.parent_id is null and messages.thread_id = branch.thread_id and messages.parent_id is null
				order by id
			) as "siblingIds",
			newest.turn, whole.cost as "costNanoUsd", whole.spans as "spansOfTurns"
		from branch left join lateral (
			select json_build_object('turnId', id, 'status', status, 'code', code, 'requestedModel', requested_model,
				'receipt', receipt) as turn
			from turns where assistant_message_id = branch.id order by started_at desc, id desc limit 1
		) as newest on branch.role = 'assistant'
		left join lateral (
			select sum((receipt->>'costNanoUsd')::numeric)::text as cost,
				json_agg(coalesce(receipt->'modelSpans', receipt->'legs') order by id)
					filter (where coalesce(receipt->'modelSpans', receipt->'legs') is not null) as spans
			from turns where assistant_message_id = branch.id
		) as whole on branch.role = 'assistant'
		order by depth desc`;
}

function toMessage({
	siblingIds,
	createdAt,
	pinnedAt,
	costNanoUsd,
	spansOfTurns,
	storedParts,
	...row
}: MessageRow): ThreadMessage {
	const receipt = row.turn?.receipt && { ...row.turn.receipt, costNanoUsd };
	return {
		...row,
		parts: storedParts === null ? null : parseStoredParts(storedParts, row.text),
		turn: row.turn && { ...row.turn, receipt: receipt ?? null },
		createdAt: createdAt.toISOString(),
		pinnedAt: pinnedAt?.toISOString() ?? null,
		siblings: { index: siblingIds.indexOf(row.id), ids: siblingIds },
		modelSpans: spansOfTurns?.flat() ?? [],
	};
}

async function readLiveTurn(sql: Sql, rows: readonly MessageRow[]) {
	const live = rows.find(({ turn }) => turn && !isTerminal(turn.status));
	if (!live?.turn) return null;
	const { turnId } = live.turn;
	const logged = await sql<{ epoch: number; seq: number; event: TurnEvent }[]>`
		select epoch, seq, event from turn_events where turn_id = ${turnId} order by seq`;
	const last = logged.at(-1) ?? { epoch: 1, seq: 0 };
	const view = foldEvents(logged.map(({ event }) => event));
	return { turnId, assistantMessageId: live.id, lastEventId: toEventId(last), ...view };
}
