/** Hand-written SQL: one INSERT for the events of every turn of the process, each under its own epoch. */
import type { Sql } from "postgres";
import { AppError } from "../../contract/errors.ts";
import type { TurnId } from "../../contract/ids.ts";
import type { LoggedEvent, TurnEvent } from "../../contract/turn.ts";
import { isLive } from "../../db/index.ts";
import { retry } from "../../kernel/retry.ts";
import type { LiveLog } from "./live-log.ts";

/** One flush and one INSERT per process at most this often: a later token waits 40 ms at most, and its 99th percentile stays below 100 ms. */
const flushIntervalMs = 40;
/** A batch this long is stored at once. */
const batchCharactersMax = 2_048;
/** How long the database may be away before a turn gives up; shorter than its lease, so that no other process owns it yet. */
const storageAwayMsMax = 12_000;
const storageRetryMs = 250;

/** Repeats what a live turn needs of the database while the database is away. @throws AppError `storage_unavailable` after 12 s */
export async function whileStorageIsAway<Result>(run: () => Promise<Result>): Promise<Result> {
	try {
		return await retry(run, { forMs: storageAwayMsMax, everyMs: storageRetryMs });
	} catch (cause) {
		throw new AppError("storage_unavailable", "The database did not respond in time.", { cause });
	}
}

export interface TurnLog {
	/** Adds an event; readers get it after it is stored. Never throws and is never awaited on the hot path. */
	append(log: LiveLog, event: TurnEvent): void;
	/** Stores what is pending now, and resolves when it is in the table; rejects when this process may write no more. */
	settle(log: LiveLog): Promise<void>;
	/** Takes what is still pending, once no batch of this turn is being stored: for the statement that closes the turn. */
	drain(log: LiveLog): Promise<TurnEvent[]>;
}

/** Persist, then emit: the only writer of `turn_events` while turns run. */
export function createTurnLog(sql: Sql): TurnLog {
	const dirty = new Set<LiveLog>();
	/** First content and long batches: stored alone, at once, so that the others keep their interval. */
	const urgent = new Set<LiveLog>();
	/** Due while their last batch is still being stored: stored right after it. */
	const overdue = new Set<LiveLog>();
	let isTimerSet = false;

	function schedule(log: LiveLog, isUrgent: boolean) {
		dirty.add(log);
		if (isUrgent && urgent.add(log).size === 1) setImmediate(() => void flush(urgent));
		if (isTimerSet) return;
		isTimerSet = true;
		setTimeout(() => {
			isTimerSet = false;
			void flush(dirty);
		}, flushIntervalMs);
	}

	async function flush(due: Set<LiveLog>): Promise<void> {
		const batches: Batch[] = [];
		const logs = [...due].filter((log) => dirty.has(log));
		due.clear();
		for (const log of logs) {
			dirty.delete(log);
			if (log.isStoring) {
				overdue.add(log);
				dirty.add(log);
				continue;
			}
			const events = log.take(false);
			if (events.length === 0) continue;
			batches.push({ log, events });
			log.isStoring = true;
		}
		if (batches.length === 0) return;
		await store(batches);
		if (overdue.size > 0) await flush(overdue);
	}

	async function store(batches: Batch[]): Promise<void> {
		const stored = await whileStorageIsAway(() => insertEvents(sql, batches)).catch((error: Error) => error);
		for (const { log, events } of batches) {
			log.isStoring = false;
			if (stored instanceof Error) log.markLost(stored);
			else if (stored.has(log.turnId)) log.markStored(events);
			else log.markLost(new AppError("conflict", "Another owner has this turn, or it is closed."));
		}
	}

	return {
		append(log, event) {
			const isFirstContent =
				log.hasNoContent && (event.type === "text-delta" || event.type === "reasoning-delta");
			log.push(event);
			schedule(log, isFirstContent || log.pendingCharacters >= batchCharactersMax);
		},
		async settle(log) {
			schedule(log, true);
			while (!log.isAllStored && !log.lostBecause) await log.waitForMore();
			if (log.lostBecause) throw log.lostBecause;
		},
		async drain(log) {
			while (log.isStoring) await log.waitForMore();
			dirty.delete(log);
			return log.take(true);
		},
	};
}

interface Batch {
	readonly log: LiveLog;
	readonly events: readonly TurnEvent[];
}

/**
 * Stores the batches of many turns in one statement. A turn whose epoch has moved on, or that is closed, stores nothing
 * and is absent from the answer; the share lock keeps a sweep from taking the turn over in between. A batch sent again
 * after a lost reply finds its own rows and counts as stored.
 */
async function insertEvents(sql: Sql, batches: readonly Batch[]): Promise<Set<TurnId>> {
	const turnIds: string[] = [];
	const seqs: number[] = [];
	const epochs: number[] = [];
	const events: string[] = [];
	for (const { log, events: batch } of batches)
		for (const [index, event] of batch.entries()) {
			turnIds.push(log.turnId);
			seqs.push(log.storedSeq + index + 1);
			epochs.push(log.epoch);
			events.push(JSON.stringify(event));
		}
	const rows = await sql<{ turnId: TurnId }[]>`
		with given as (
			select * from unnest(${turnIds}::uuid[], ${seqs}::int[], ${epochs}::int[], ${events}::text[])
				as given (turn_id, seq, epoch, event)
		), ours as (
			select id, epoch from turns
			where id = any(${turnIds}::uuid[]) and ${isLive(sql)} order by id for share
		)
		insert into turn_events (turn_id, seq, epoch, event)
		select given.turn_id, given.seq, given.epoch, given.event::json
		from given join ours on ours.id = given.turn_id and ours.epoch = given.epoch
		on conflict (turn_id, seq) do update set epoch = excluded.epoch where turn_events.epoch = excluded.epoch
		returning turn_id as "turnId"`;
	return new Set(rows.map(({ turnId }) => turnId));
}

/** Stored events after `seq`, in order; at most 100, because a reader that takes nothing holds a whole page. */
export async function readTurnEvents(sql: Sql, turnId: TurnId, seq: number): Promise<LoggedEvent[]> {
	return await sql<LoggedEvent[]>`
		select epoch, seq, event from turn_events
		where turn_id = ${turnId} and seq > ${seq}
		order by seq limit 100`;
}
