import type { Sql } from "postgres";
import { AppError } from "../../contract/errors.ts";
import type { TurnId, UserId } from "../../contract/ids.ts";
import type { LoggedEvent, Receipt, TurnEnd } from "../../contract/turn.ts";
import { isTerminal, type TurnStatus } from "../../contract/turn-status.ts";
import type { LiveLog } from "./live-log.ts";
import type { RemoteLogs } from "./remote-logs.ts";
import { readTurnEvents } from "./turn-log.ts";

/** How often a reader's session, and whether the turn still exists, are checked again. */
const checkMs = 2_000;

export interface FollowInput {
	readonly turnId: TurnId;
	/** The last event the reader has; null from the beginning. */
	readonly after: { readonly epoch: number; readonly seq: number } | null;
	/** Gives what is stored and ends, without waiting for more. */
	readonly isOnce?: boolean;
}

interface Reading {
	readonly sql: Sql;
	readonly remoteLogs: RemoteLogs;
	find(turnId: TurnId): LiveLog | undefined;
	isStillValid(): Promise<boolean>;
	readonly signal: AbortSignal | undefined;
}

/**
 * Yields the events of a turn after the reader's place and ends after `turn-end`: from memory while the turn runs here
 * and memory reaches back, else from the table, wherever it runs. A finished turn gives its tail and its end again; one whose log
 * was compacted gives its whole text as one `text-reset`, and its end.
 *
 * @throws AppError `not_found` (also for the turn of another person), `invalid_request` (a place this turn never had),
 * `unauthorized` when the session ends meanwhile.
 */
export async function* followTurn(
	userId: UserId,
	{ turnId, after, isOnce = false }: FollowInput,
	reading: Reading,
): AsyncGenerator<LoggedEvent, void> {
	const { find, signal } = reading;
	let { seq, compacted } = await findStart(userId, { turnId, after }, reading);
	/** Whether the table may hold more than the last look at it gave. */
	let isBehind = true;
	let checkedAt = performance.now();
	const wake = () => find(turnId)?.wake();
	signal?.addEventListener("abort", wake, { once: true });
	try {
		while (!signal?.aborted) {
			if (compacted) return yield* toCompacted(compacted, seq);
			const events = await nextEvents({ turnId, seq, isBehind, isOnce }, reading);
			for (const logged of events) {
				yield logged;
				seq = logged.seq;
				if (logged.event.type === "turn-end") return;
			}
			if (isOnce && events.length === 0) return;
			isBehind = events.length > 0 && (isBehind || isOnce);
			if (performance.now() - checkedAt < checkMs) continue;
			checkedAt = performance.now();
			if (!(await reading.isStillValid())) throw new AppError("unauthorized", "The session has ended.");
			if (events.length === 0 && !find(turnId)) ({ compacted } = await findTurn(reading.sql, userId, turnId));
		}
	} finally {
		signal?.removeEventListener("abort", wake);
	}
}

/** What comes after `seq`; nothing when there was none for a while, and at once for a reader that does not wait. */
async function nextEvents(
	{ turnId, seq, isBehind, isOnce }: { turnId: TurnId; seq: number; isBehind: boolean; isOnce: boolean },
	{ sql, remoteLogs, find, signal }: Reading,
): Promise<readonly LoggedEvent[]> {
	const log = find(turnId);
	const known = log?.since(seq);
	if (known && known.length > 0) return known;
	if (log && known && !log.lostBecause) {
		if (!isOnce) await log.waitForMore();
		return [];
	}
	if ((log && !known) || isBehind || isOnce) return await readTurnEvents(sql, turnId, seq);
	return await remoteLogs.next(turnId, seq, signal);
}

interface Place {
	readonly seq: number;
	readonly compacted: CompactedTurn | null;
}

/** Checks ownership and the reader's place; returns where to go on. */
async function findStart(
	userId: UserId,
	{ turnId, after }: FollowInput,
	{ sql, find }: Reading,
): Promise<Place> {
	const log = find(turnId);
	if (log && log.userId === userId) {
		const { epoch, storedSeq } = log;
		return { seq: toStart(after, { epoch, storedSeq, status: "running" }), compacted: null };
	}
	const turn = await findTurn(sql, userId, turnId);
	return { seq: toStart(after, turn), compacted: turn.compacted };
}

interface CompactedTurn {
	readonly epoch: number;
	readonly lastSeq: number;
	readonly text: string;
	readonly end: TurnEnd;
}

async function findTurn(sql: Sql, userId: UserId, turnId: TurnId) {
	const [row] = await sql<
		{
			epoch: number;
			status: TurnStatus;
			code: TurnEnd["code"] | null;
			receipt: Receipt;
			lastSeq: number | null;
			storedSeq: number | null;
			text: string;
		}[]
	>`
		select epoch, status, code, receipt, last_seq as "lastSeq", text,
			(select max(seq) from turn_events where turn_id = turns.id) as "storedSeq"
		from turns join messages on messages.id = assistant_message_id join threads on threads.id = turns.thread_id
		where turns.id = ${turnId} and turns.user_id = ${userId} and deleted_at is null`;
	if (!row) throw new AppError("not_found", "There is no such turn.");
	const { epoch, status, code, receipt, lastSeq, storedSeq, text } = row;
	const isCompacted = isTerminal(status) && storedSeq === null && lastSeq !== null;
	const end = { type: "turn-end", status, ...(code && { code }), receipt } as TurnEnd;
	const compacted: CompactedTurn | null = isCompacted ? { epoch, lastSeq, text, end } : null;
	return { epoch, status, storedSeq: storedSeq ?? lastSeq ?? 0, compacted };
}

function toStart(
	after: FollowInput["after"],
	turn: { epoch: number; storedSeq: number; status: TurnStatus },
): number {
	if (!after) return 0;
	if (after.epoch > turn.epoch || after.seq > turn.storedSeq)
		throw new AppError("invalid_request", "This event id is not of this turn: follow it from its beginning.");
	return isTerminal(turn.status) ? Math.min(after.seq, turn.storedSeq - 1) : after.seq;
}

function* toCompacted(
	{ epoch, lastSeq, text, end }: CompactedTurn,
	seq: number,
): Generator<LoggedEvent, void> {
	if (seq < lastSeq - 1) yield { epoch, seq: lastSeq - 1, event: { type: "text-reset", text } };
	yield { epoch, seq: lastSeq, event: end };
}
