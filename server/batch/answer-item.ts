import type { Sql } from "postgres";
import { errorTable, isAppError } from "../contract/errors.ts";
import type { MessageId, TurnId, UserId } from "../contract/ids.ts";
import { type MessagePart, toTextParts } from "../contract/parts.ts";
import type { Receipt, TurnIds } from "../contract/turn.ts";
import type { TerminalStatus } from "../contract/turn-status.ts";
import { sleep } from "../kernel/sleep.ts";
import type { ClaimedItem } from "./claim-items.ts";
import { type ItemOutcome, noteTurn } from "./end-item.ts";

/** A turn's end, as an item needs it. */
interface Reply {
	readonly status: TerminalStatus;
	readonly code?: keyof typeof errorTable;
	readonly text: string;
	readonly receipt: Receipt;
}

interface Answer {
	readonly clientMessageId: string;
	readonly model?: string;
	readonly maxOutputTokens?: number;
}

/** What the room asks of the chat: an item is answered as any message is, under a name that is the item's own. */
export interface BatchChat {
	send(
		userId: UserId,
		input: Answer & { parts: readonly MessagePart[] },
		priority: "background",
	): Promise<TurnIds>;
	regenerate(
		userId: UserId,
		input: Answer & { userMessageId: MessageId },
		priority: "background",
	): Promise<TurnIds>;
	continue(
		userId: UserId,
		input: Answer & { assistantMessageId: MessageId },
		priority: "background",
	): Promise<TurnIds>;
	awaitReply(userId: UserId, turnId: TurnId, signal: AbortSignal): Promise<Reply | null>;
	hasAccepted(userId: UserId, clientMessageId: string): Promise<boolean>;
	stop(userId: UserId, turnId: TurnId): Promise<unknown>;
}

export interface ItemRooms {
	readonly sql: Sql;
	readonly chat: BatchChat;
	/** This process is about to end. */
	readonly signal: AbortSignal;
}

/** A batch that waits for a limit looks again after this, or at the limit's reset when that is sooner: limits are raised, too. */
const lookAgainMs = 300_000;
/** Before the second try, of what the corridor has tried as long as a person would wait. */
const secondTryAfterMs = 2_000;
/** After a refusal that tells no instant. */
const pauseMs = 60_000;
/** After a failure on our side. */
const hitchMs = 5_000;
/** Claims after which a failure on our side is the item's own. */
const hitchesMax = 20;

const secondTry = 2;
const toName = ({ itemId }: ClaimedItem, number: 1 | typeof secondTry) => `batch:${itemId}:${number}`;

/**
 * Answers one item with a turn, or finds the turn that a process before this one began, and waits for its end. What broke off or
 * failed for a passing reason gets one more turn: the answer goes on where it ended, or begins anew when there is nothing of it.
 * Never rejects.
 */
export async function answerItem(item: ClaimedItem, rooms: ItemRooms): Promise<ItemOutcome> {
	try {
		if (item.isCancelled && !(await rooms.chat.hasAccepted(item.userId, toName(item, 1))))
			return { do: "end", status: "cancelled", code: null };
		return await answerInTurns(item, rooms);
	} catch (error) {
		return toRefused(error, item);
	}
}

async function answerInTurns(item: ClaimedItem, rooms: ItemRooms): Promise<ItemOutcome> {
	const { userId, text, maxOutputTokens } = item;
	const model = item.model === null ? {} : { model: item.model };
	const most = maxOutputTokens === null ? {} : { maxOutputTokens };
	const named = { clientMessageId: toName(item, 1), ...model };
	const ids = await rooms.chat.send(userId, { ...named, ...most, parts: toTextParts(text) }, "background");
	const first = await follow(item, ids.turnId, rooms);
	if (!first.reply) return notNow;
	if (first.isCancelled || !isPassing(first.reply)) return toEnd(first.reply);
	const again = { clientMessageId: toName(item, secondTry), ...model };
	if (!(await rooms.chat.hasAccepted(userId, again.clientMessageId)))
		await sleep(secondTryAfterMs, rooms.signal);
	if ((await noteTurn(rooms.sql, item, ids.turnId)).isCancelled) return toEnd(first.reply);
	const { turnId } =
		first.reply.text === ""
			? await rooms.chat.regenerate(
					userId,
					{ ...again, ...most, userMessageId: ids.userMessageId },
					"background",
				)
			: await rooms.chat.continue(
					userId,
					{ ...again, ...toRest(maxOutputTokens, first.reply), assistantMessageId: ids.assistantMessageId },
					"background",
				);
	const { reply } = await follow(item, turnId, rooms);
	return reply ? toEnd(reply) : notNow;
}

/** This process is about to end: another one goes on with it. */
export const notNow: ItemOutcome = { do: "release", afterMs: 0, pause: null };

async function follow(item: ClaimedItem, turnId: TurnId, { sql, chat, signal }: ItemRooms) {
	const { isCancelled } = await noteTurn(sql, item, turnId);
	if (isCancelled) await chat.stop(item.userId, turnId);
	const reply = await chat.awaitReply(item.userId, turnId, signal);
	return { reply, isCancelled };
}

/** Whether a second turn may do better, if only after a pause of spending that came before the first one's call. */
function isPassing({ status, code }: Reply): boolean {
	if (status === "interrupted" || status === "expired_in_queue" || code === "budget_exceeded") return true;
	return status === "failed" && code !== undefined && errorTable[code].isRetryable;
}

/** What is left of the wanted length. */
function toRest(maxOutputTokens: number | null, { receipt }: Reply): { maxOutputTokens?: number } {
	if (maxOutputTokens === null) return {};
	return { maxOutputTokens: Math.max(1, maxOutputTokens - (receipt.usage?.outputTokens ?? 0)) };
}

const toEnd = ({ status, code }: Reply): ItemOutcome => ({ do: "end", status, code: code ?? null });

/** What a turn that was not accepted means for its item: wait for the limit, try soon again, or give up. */
function toRefused(error: unknown, item: ClaimedItem): ItemOutcome {
	if (!isAppError(error)) return toHitch("internal", item);
	const { code, details } = error;
	if (code === "draining") return notNow;
	const reason = String(details.limit ?? details.reason ?? "") || null;
	const resetsAt = typeof details.resetsAt === "string" ? details.resetsAt : null;
	const pause = { code, reason, resetsAt };
	if (resetsAt !== null) return { do: "release", afterMs: lookAgainMs, pause };
	if (code === "quota_exceeded" || code === "budget_exceeded")
		return { do: "release", afterMs: pauseMs, pause };
	if (typeof details.retryAfterMs === "number")
		return { do: "release", afterMs: details.retryAfterMs, pause };
	if (code === "turn_live" || errorTable[code].isRetryable) return toHitch(code, item);
	return { do: "end", status: "failed", code };
}

function toHitch(code: keyof typeof errorTable, { claim }: ClaimedItem): ItemOutcome {
	if (code === "internal" && claim >= hitchesMax) return { do: "end", status: "failed", code };
	return { do: "release", afterMs: hitchMs, pause: null };
}
