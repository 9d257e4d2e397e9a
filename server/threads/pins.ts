/** Pinning messages. Hand-written SQL: counts from stored token counts, under a lock on the thread, so that two pins at once keep the limits. */
import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import type { MessageId, ThreadId, UserId } from "../contract/ids.ts";
import { pinsMax } from "../contract/limits.ts";
import { type DatabaseOrTransaction, inTransaction } from "../db/index.ts";
import { toTokens } from "./branch.ts";

export interface PinChange {
	readonly threadId: ThreadId;
	readonly messageId: MessageId;
	readonly isPinned: boolean;
}

/** What pinned messages of one thread may have together, so that they leave room for a question in the smallest window. */
export interface PinLimits {
	readonly pinTokensMax: number;
}

interface PinRow {
	readonly isEmpty: boolean;
	readonly tokens: number;
	readonly othersCount: number;
	readonly othersTokens: number;
}

/**
 * Pins a message of a thread, or takes its pin away; once more changes nothing.
 *
 * @throws AppError `not_found`; `invalid_request` with a `reason` when the thread has no room for one more pin, and for an answer without content.
 */
export async function setPin(
	db: DatabaseOrTransaction,
	userId: UserId,
	change: PinChange & PinLimits,
): Promise<{ messageId: MessageId; pinnedAt: string | null }> {
	const { threadId, messageId, isPinned } = change;
	return await inTransaction(db, async ({ sql }) => {
		await sql`
			select id from threads where id = ${threadId} and user_id = ${userId} and deleted_at is null
			for no key update`;
		const [found] = await sql<PinRow[]>`
			select messages.text = '' and messages.parts is null as "isEmpty",
				${toTokens(sql, "most")}::float8 as tokens, others.count as "othersCount", others.tokens as "othersTokens"
			from messages join threads on threads.id = messages.thread_id, lateral (${toOtherPins(sql, change)}) as others
			where messages.id = ${messageId} and threads.id = ${threadId} and user_id = ${userId} and deleted_at is null`;
		if (!found) throw new AppError("not_found", "There is no such message.");
		if (isPinned) requireRoom(found, change);
		const [row] = await sql<[{ pinnedAt: Date | null }]>`
			update messages set pinned_at = case when ${isPinned} then coalesce(pinned_at, now()) end
			where id = ${messageId} returning pinned_at as "pinnedAt"`;
		return { messageId, pinnedAt: row.pinnedAt?.toISOString() ?? null };
	});
}

const toOtherPins = (sql: Sql, { threadId, messageId }: PinChange) => sql`
	select count(*)::int as count, coalesce(sum(tokens), 0)::float8 as tokens from (
		select ${toTokens(sql, "most")} as tokens from messages
		where thread_id = ${threadId} and pinned_at is not null and id <> ${messageId}
	) as pinned`;

function requireRoom(
	{ isEmpty, tokens, othersCount, othersTokens }: PinRow,
	{ pinTokensMax }: PinLimits,
): void {
	if (isEmpty)
		throw new AppError("invalid_request", "An answer can be pinned once it has some text.", {
			details: { reason: "pin_empty" },
		});
	if (othersCount >= pinsMax)
		throw new AppError("invalid_request", `A conversation has at most ${pinsMax} pinned messages.`, {
			details: { reason: "pins_max", pinsMax },
		});
	if (othersTokens + tokens > pinTokensMax)
		throw new AppError("invalid_request", "The pinned messages would be longer than the limit.", {
			details: {
				reason: "pin_tokens",
				tokens,
				pinTokensLeft: Math.max(0, pinTokensMax - othersTokens),
				pinTokensMax,
			},
		});
}
