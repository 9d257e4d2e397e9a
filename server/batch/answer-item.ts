import type { Sql } from "postgres";
import { errorTable, isAppError } from "../contract/errors.ts";
import type { MessageId, TurnId, UserId } from "../contract/ids.ts";
import { type MessagePart, toTextParts } from "../contract/parts.ts";
import type { Receipt, TurnIds } from "../contract/turn.ts";
import type { TerminalStatus } from "../contract/turn-status.ts";
import { sleep } from "../kernel/sleep.ts";
import type { ClaimedItem } from "./claim-items.ts";
import { type ItemOutcome, noteTurn } from "./settle-item.ts";

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

/** What the room needs of the chat: an item is answered like any message, under a name that is the item's own. */
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
	/** Aborts when this process is about to end. */
	readonly signal: AbortSignal;
}

/** A batch that waits for a limit tries again after this, because limits may be raised, or at the limit's reset if sooner. */
const tryAgainMs = 300_000;
/** Pause before the second turn: the corridor has already retried for as long as a person would wait. */
const secondTurnAfterMs = 2_000;
/** Pause after a refusal that names no instant. */
const pauseMs = 60_000;
/** Pause after a transient error on our side. */
const transientErrorMs = 5_000;
/** After so many claims an error on our side is taken for the item's own. */
const claimsMax = 20;

/** The name of an item's first or second turn. */
const toName = ({ itemId }: ClaimedItem, number: 1 | 2) => `batch:${itemId}:${number}`;

/**
 * Answers one item with a turn, or finds the turn that an earlier process began, and waits for its end. An answer that broke
 * off or failed for a transient reason gets one more turn, which continues the answer or, if there is no text, restarts it.
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
	const limit = maxOutputTokens === null ? {} : { maxOutputTokens };
	const named = { clientMessageId: toName(item, 1), ...model };
	const ids = await rooms.chat.send(userId, { ...named, ...limit, parts: toTextParts(text) }, "background");
	const first = await follow(item, ids.turnId, rooms);
	if (!first.reply) return notNow;
	if (first.mustStop || !isTransient(first.reply)) return toEnd(first.reply);
	const again = { clientMessageId: toName(item, 2), ...model };
	if (!(await rooms.chat.hasAccepted(userId, again.clientMessageId)))
		await sleep(secondTurnAfterMs, rooms.signal);
	if ((await noteTurn(rooms.sql, item, ids.turnId)).mustStop) return toEnd(first.reply);
	const { turnId } =
		first.reply.text === ""
			? await rooms.chat.regenerate(
					userId,
					{ ...again, ...limit, userMessageId: ids.userMessageId },
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

/** This process is about to end; another one continues with the item. */
export const notNow: ItemOutcome = { do: "release", afterMs: 0, pause: null };

async function follow(item: ClaimedItem, turnId: TurnId, { sql, chat, signal }: ItemRooms) {
	const { mustStop } = await noteTurn(sql, item, turnId);
	if (mustStop) await chat.stop(item.userId, turnId);
	const reply = await chat.awaitReply(item.userId, turnId, signal);
	return { reply, mustStop };
}

/** Whether a second turn may succeed, also after a spending pause that came before the first turn's call. */
function isTransient({ status, code }: Reply): boolean {
	if (status === "interrupted" || status === "expired_in_queue" || code === "budget_exceeded") return true;
	return status === "failed" && code !== undefined && errorTable[code].isRetryable;
}

/** What is left of the requested length. */
function toRest(maxOutputTokens: number | null, { receipt }: Reply): { maxOutputTokens?: number } {
	if (maxOutputTokens === null) return {};
	return { maxOutputTokens: Math.max(1, maxOutputTokens - (receipt.usage?.outputTokens ?? 0)) };
}

const toEnd = ({ status, code }: Reply): ItemOutcome => ({ do: "end", status, code: code ?? null });

/** What a refused turn means for its item: wait for the limit, retry soon, or fail. */
function toRefused(error: unknown, item: ClaimedItem): ItemOutcome {
	if (!isAppError(error)) return toTransient("internal", item);
	const { code, details } = error;
	if (code === "draining") return notNow;
	const reason = String(details.limit ?? details.reason ?? "") || null;
	const resetsAt = typeof details.resetsAt === "string" ? details.resetsAt : null;
	const pause = { code, reason, resetsAt };
	if (resetsAt !== null) return { do: "release", afterMs: tryAgainMs, pause };
	if (code === "quota_exceeded" || code === "budget_exceeded")
		return { do: "release", afterMs: pauseMs, pause };
	if (typeof details.retryAfterMs === "number")
		return { do: "release", afterMs: details.retryAfterMs, pause };
	if (code === "turn_live" || errorTable[code].isRetryable) return toTransient(code, item);
	return { do: "end", status: "failed", code };
}

function toTransient(code: keyof typeof errorTable, { claim }: ClaimedItem): ItemOutcome {
	if (code === "internal" && claim >= claimsMax) return { do: "end", status: "failed", code };
	return { do: "release", afterMs: transientErrorMs, pause: null };
}
