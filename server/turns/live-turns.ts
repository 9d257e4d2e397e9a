import type { Logger } from "pino";
import type { Sql } from "postgres";
import type { TurnId } from "../contract/ids.ts";
import type { EndRequest, TurnEvent } from "../contract/turn.ts";
import { retry } from "../kernel/retry.ts";
import { sleep } from "../kernel/sleep.ts";
import type { TopUp } from "../quota/index.ts";
import type { AcceptedTurn } from "./accept/accept-turn.ts";
import { closeTurn, type TurnOutcome } from "./close-turn.ts";
import { LiveLog } from "./log/live-log.ts";
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
	/** Holds more for the turn; false when its limits have no room. */
	hold(more: TopUp): Promise<boolean>;
	/** Aborted with an `EndRequest` as its reason. */
	readonly signal: AbortSignal;
}

interface LiveTurn {
	readonly turn: AcceptedTurn;
	readonly log: LiveLog;
	readonly end: AbortController;
	/** Whether it was closed here. */
	readonly done: Promise<boolean>;
}

export interface LiveTurns {
	/** Runs a turn that was accepted or taken over here, detached from the request. */
	start(turn: AcceptedTurn): void;
	find(turnId: TurnId): LiveLog | undefined;
	/** Ends a turn of this process and resolves when it has ended; false unless it was closed here. */
	stop(turnId: TurnId): Promise<boolean>;
	/** Gives up a turn that another instance owns by now, or that is closed. */
	lose(turnId: TurnId): void;
	ids(): TurnId[];
	/** Lets readers of all live turns check whether their session is still valid. */
	wakeReaders(): void;
	/** Waits until the live turns ended, at most `ms`, then interrupts the rest and waits for their closing. */
	drain(ms: number): Promise<void>;
}

export interface LiveTurnsInput {
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

/** The turns that this process runs. */
export function createLiveTurns(input: LiveTurnsInput): LiveTurns {
	const { sql, turnLog, logger } = input;
	const live = new Map<TurnId, LiveTurn>();

	async function pump(accepted: AcceptedTurn, log: LiveLog, end: AbortController): Promise<boolean> {
		const { turn, hold } = toHeld(accepted);
		const record = new TurnRecord(turn.logged.map(({ event }) => event));
		try {
			const emit = (event: TurnEvent) => {
				record.push(event);
				turnLog.append(log, event);
				if (log.lostBecause) end.abort("lost" satisfies EndRequest);
			};
			const queueing = createQueueMarks(sql, turn);
			const outcome = await input.run(turn, { emit, hold, ...queueing, signal: end.signal });
			const isClosed = await close(turn, log, { record, outcome });
			if (isClosed) input.onEnd(turn, outcome);
			return isClosed;
		} catch (error) {
			logger.error(
				{ event: "turn.close_failed", err: error, turnId: turn.turnId },
				"A turn could not be closed.",
			);
			return false;
		} finally {
			// Readers that its last events woke read them from memory before the log is gone.
			setImmediate(() => {
				live.delete(turn.turnId);
				log.wake();
			});
		}
	}

	/** The turn with what is reserved for it by now. */
	function toHeld(turn: AcceptedTurn) {
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
		log: LiveLog,
		{ record, outcome }: { record: TurnRecord; outcome: TurnOutcome },
	): Promise<boolean> {
		const pending = await turnLog.drain(log);
		if (log.lostBecause) return false;
		const { storedSeq } = log;
		const time = { startedAtMs: Date.now() - outcome.durationMs, durationMs: outcome.durationMs };
		const calls = toCallRecords(record.calls, input.describe, time);
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

	const interrupt = (turnId: TurnId, request: EndRequest) => live.get(turnId)?.end.abort(request);

	return {
		start(turn) {
			const log = new LiveLog(turn);
			const end = new AbortController();
			live.set(turn.turnId, { turn, log, end, done: pump(turn, log, end) });
		},
		find: (turnId) => live.get(turnId)?.log,
		async stop(turnId) {
			const running = live.get(turnId);
			interrupt(turnId, "stop");
			return (await running?.done) ?? false;
		},
		lose(turnId) {
			live.get(turnId)?.log.markLost(new Error("This turn is no longer ours."));
			interrupt(turnId, "lost");
		},
		ids: () => [...live.keys()],
		wakeReaders() {
			for (const { log } of live.values()) log.wake();
		},
		async drain(ms) {
			const ended = () => Promise.all([...live.values()].map(({ done }) => done));
			await Promise.race([ended(), sleep(ms)]);
			for (const turnId of live.keys()) interrupt(turnId, "drain");
			await ended();
		},
	};
}
