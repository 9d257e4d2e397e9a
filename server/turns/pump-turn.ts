/** Runs one turn from its acceptance to its close: the corridor, the log, and the statement that closes it. */
import type { Logger } from "pino";
import type { Sql } from "postgres";
import type { EndRequest, TurnEvent } from "../contract/turn.ts";
import { retry } from "../kernel/retry.ts";
import type { TopUp } from "../quota/index.ts";
import type { AcceptedTurn } from "./accept/accept-turn.ts";
import { closeTurn, type TurnOutcome } from "./close-turn.ts";
import type { LiveLog } from "./log/live-log.ts";
import { type TurnLog, whileStorageIsAway } from "./log/turn-log.ts";
import { createQueueMarks } from "./queue-marks.ts";
import { type DescribeModel, TurnRecord, toCallRecords } from "./turn-record.ts";

/** How long closing a turn is tried again while the database is away; the sweep of any instance closes it after that. */
const closeTries = { forMs: 15_000, everyMs: 250 };

/** What a turn may do with its own record while it runs. */
export interface RunningTurn {
	/** Adds an event to the log; readers get it once it is stored. */
	emit(event: TurnEvent): void;
	/** The turn waits for its model and has called none: another process may run it when this one dies. */
	markQueued(): void;
	/** A model is about to be called: after this no other process runs the turn. Resolves at once, unless the turn was queued. */
	markRunning(): Promise<void>;
	/** Resolves once everything that was emitted is stored. @throws when another owner has the turn, or the database is away for long */
	settle(): Promise<void>;
	/** Holds more for the turn; false when its limits have no room. */
	hold(more: TopUp): Promise<boolean>;
	/** Aborted with an `EndRequest` as its reason. */
	readonly signal: AbortSignal;
}

export interface PumpRooms {
	readonly sql: Sql;
	readonly turnLog: TurnLog;
	/** Answers an accepted turn. Every failure is an outcome; it never throws. */
	run(turn: AcceptedTurn, running: RunningTurn): Promise<TurnOutcome>;
	readonly describe: DescribeModel;
	/** Holds more for a turn that runs. */
	hold(turn: AcceptedTurn, more: TopUp): Promise<boolean>;
	readonly logger: Logger;
	onEnd(turn: AcceptedTurn, outcome: TurnOutcome): void;
}

interface Pumped {
	readonly log: LiveLog;
	readonly end: AbortController;
}

/** Runs an accepted turn and closes it. True when it was closed here; it never throws. */
export async function pumpTurn(
	accepted: AcceptedTurn,
	{ log, end }: Pumped,
	input: PumpRooms,
): Promise<boolean> {
	const { sql, turnLog, logger } = input;
	const { turn, hold } = toHeld(accepted, input);
	const record = new TurnRecord(turn.logged.map(({ event }) => event));
	try {
		const emit = (event: TurnEvent) => {
			record.push(event);
			turnLog.append(log, event);
			if (log.lostBecause) end.abort("lost" satisfies EndRequest);
		};
		const queueing = createQueueMarks(sql, turn);
		const settle = () => turnLog.settle(log);
		const outcome = await input.run(turn, { emit, hold, settle, ...queueing, signal: end.signal });
		const isClosed = await close(turn, { log, record, outcome }, input);
		if (isClosed) input.onEnd(turn, outcome);
		return isClosed;
	} catch (err) {
		logger.error({ event: "turn.close_failed", err, turnId: turn.turnId }, "A turn could not be closed.");
		return false;
	}
}

/** The turn with what is reserved for it by now. */
function toHeld(turn: AcceptedTurn, input: PumpRooms) {
	let { reservation } = turn;
	return {
		turn: {
			...turn,
			get reservation() {
				return reservation;
			},
		},
		async hold(more: TopUp) {
			// Sent again after a lost reply, it may hold twice: the turn's end gives back all.
			if (!(await whileStorageIsAway(() => input.hold(turn, more)))) return false;
			const { reservedNanoUsd, reservedTokens } = reservation;
			reservation = {
				...reservation,
				reservedNanoUsd: reservedNanoUsd + more.nanoUsd,
				reservedTokens: reservedTokens + more.tokens,
			};
			return true;
		},
	};
}

async function close(
	turn: AcceptedTurn,
	{ log, record, outcome }: { log: LiveLog; record: TurnRecord; outcome: TurnOutcome },
	{ sql, turnLog, logger, describe }: PumpRooms,
): Promise<boolean> {
	const pending = await turnLog.drain(log);
	if (log.lostBecause) return false;
	const { storedSeq } = log;
	const time = { startedAtMs: Date.now() - outcome.durationMs, durationMs: outcome.durationMs };
	const calls = await toCallRecords(record.calls, describe, time);
	const closing = { turn, storedSeq, pending, view: record.view, calls, outcome };
	const closed = await retry(() => closeTurn(sql, closing), closeTries);
	if (!closed) return false;
	log.markStored(closed.events);
	const { overrunNanoUsd } = closed;
	if (overrunNanoUsd > 0n) {
		const { modelId } = record.view;
		const details = { turnId: turn.turnId, modelId, overrunNanoUsd: overrunNanoUsd.toString() };
		logger.error(
			{ event: "turn.overrun", ...details },
			"A provider counted more than was reserved: the server pays the rest.",
		);
	}
	return true;
}
