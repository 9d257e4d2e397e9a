import type { TurnId } from "../contract/ids.ts";
import type { EndRequest } from "../contract/turn.ts";
import { sleep } from "../kernel/sleep.ts";
import type { AcceptedTurn } from "./accept/accept-turn.ts";
import { LiveLog } from "./log/live-log.ts";
import { type PumpRooms, pumpTurn } from "./pump-turn.ts";

interface LiveTurn {
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

/** The turns that this process runs. */
export function createLiveTurns(rooms: PumpRooms): LiveTurns {
	const live = new Map<TurnId, LiveTurn>();
	const interrupt = (turnId: TurnId, request: EndRequest) => live.get(turnId)?.end.abort(request);

	/** Readers that a turn's last events woke read them from memory before its log is gone. */
	const forget = (turnId: TurnId, log: LiveLog) =>
		setImmediate(() => {
			live.delete(turnId);
			log.wake();
		});

	return {
		start(turn) {
			const log = new LiveLog(turn);
			const end = new AbortController();
			const done = pumpTurn(turn, { log, end }, rooms).finally(() => forget(turn.turnId, log));
			live.set(turn.turnId, { log, end, done });
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
