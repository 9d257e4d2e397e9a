import type { Sql } from "postgres";
import { AppError } from "../errors.ts";
import type { TurnId, UserId } from "../ids.ts";
import { sleep } from "../stream/index.ts";
import { isTerminal, type LoggedEvent, type TurnStatus } from "../turn.ts";
import type { LiveLog } from "./live-log.ts";
import { readTurnEvents } from "./turn-log.ts";

/** How often a turn that runs elsewhere is looked up. */
const pollIntervalMs = 100;

export interface FollowInput {
	readonly turnId: TurnId;
	/** The last event the reader has; null from the beginning. */
	readonly after: { readonly epoch: number; readonly seq: number } | null;
}

interface Reading {
	readonly sql: Sql;
	find(turnId: TurnId): LiveLog | undefined;
	isStillValid(): Promise<boolean>;
	readonly signal: AbortSignal | undefined;
}

/**
 * Yields the events of a turn after the reader's place and ends after `turn-end`: from memory while the turn runs here
 * and memory reaches back, else from the table. A finished turn gives its tail and its end again.
 *
 * @throws AppError `not_found` (also somebody else's turn), `invalid_request` (a place this turn never had),
 * `unauthorized` when the session ends meanwhile.
 */
export async function* followTurn(
	userId: UserId,
	{ turnId, after }: FollowInput,
	reading: Reading,
): AsyncGenerator<LoggedEvent, void> {
	const { sql, signal } = reading;
	let seq = await findStart(userId, { turnId, after }, reading);
	signal?.addEventListener("abort", () => reading.find(turnId)?.wake(), { once: true });
	let checkedAt = performance.now();
	while (!signal?.aborted) {
		const log = reading.find(turnId);
		const events = log?.since(seq) ?? (await readTurnEvents(sql, turnId, seq));
		for (const logged of events) {
			yield logged;
			seq = logged.seq;
			if (logged.event.type === "turn-end") return;
		}
		if (performance.now() - checkedAt > 2_000) {
			checkedAt = performance.now();
			if (!(await reading.isStillValid())) throw new AppError("unauthorized", "The session has ended.");
		}
		if (events.length > 0) continue;
		if (log && !log.lostBecause && log.storedSeq === seq && reading.find(turnId) === log)
			await log.waitForMore();
		else await sleep(pollIntervalMs, signal);
	}
}

/** Checks ownership and the reader's place; returns the seq to go on after. */
async function findStart(
	userId: UserId,
	{ turnId, after }: FollowInput,
	{ sql, find }: Reading,
): Promise<number> {
	const log = find(turnId);
	if (log && log.userId === userId)
		return toStart(after, { epoch: log.epoch, storedSeq: log.storedSeq, status: "running" });
	const [row] = await sql<{ epoch: number; status: TurnStatus; storedSeq: number }[]>`
		select epoch, status, (select coalesce(max(seq), 0) from turn_events where turn_id = turns.id) as "storedSeq"
		from turns where id = ${turnId} and user_id = ${userId}`;
	if (!row) throw new AppError("not_found", "There is no such turn.");
	return toStart(after, row);
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
