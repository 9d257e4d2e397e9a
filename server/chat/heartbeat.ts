import type { Logger } from "pino";
import type { Sql } from "postgres";
import type { TurnIds, TurnStatus } from "../turn.ts";
import type { AcceptedTurn, Lease } from "./accept-turn.ts";
import { compactLogs } from "./compact.ts";
import type { LiveTurns } from "./live-turns.ts";
import { expireOthers, renewLeases, type SweepInput, sweepOrphan } from "./sweep.ts";

/** Orphans swept at a time: each is some round trips to storage, and may wait for a lock. */
const sweepers = 3;

/** Logs are compacted at every so-and-so-many beats: nobody waits for it. */
const beatsPerCompaction = 6;

/** A turn that ended, for whoever tells people. */
export type EndedTurn = TurnIds & Pick<AcceptedTurn, "userId" | "priority">;

export interface HeartbeatInput {
	readonly sql: Sql;
	readonly lease: Lease;
	readonly logRetentionMs: number;
	readonly isAlone: boolean;
	readonly live: Pick<LiveTurns, "ids" | "start">;
	readonly logger: Logger;
	readonly describe: SweepInput["describe"];
	announceEnd(turn: EndedTurn, status: TurnStatus): void;
}

export interface Heartbeat {
	/** Takes over nothing from now on: this process is about to end. Own leases are still renewed. */
	leaveOrphans(): void;
	stop(): void;
}

/**
 * Four times a lease: renews this process's leases, sweeps orphans, now and then drops old logs. Begins at once. However long
 * there is to sweep, own leases are renewed in time.
 */
export function startHeartbeat(input: HeartbeatInput): Heartbeat {
	const { sql, lease, live, logger } = input;
	let mayTake = true;
	let beats = 0;
	let isAlone = input.isAlone;

	async function sweepOneByOne(): Promise<void> {
		while (mayTake) {
			const swept = await sweepOrphan(sql, { lease, describe: input.describe, ownTurnIds: live.ids() });
			if (!swept) return;
			if (swept.kind === "taken") live.start(swept.turn);
			else input.announceEnd(swept.turn, swept.outcome.status);
		}
	}

	async function sweep(): Promise<void> {
		if (isAlone) await expireOthers(sql, lease);
		isAlone = false;
		await Promise.all(Array.from({ length: sweepers }, sweepOneByOne));
		if (beats++ % beatsPerCompaction === 0) await compactLogs(sql, input.logRetentionMs);
	}

	const tell = (words: string) => (error: unknown) => logger.warn({ err: error }, words);
	const works = [
		oneAtATime(() =>
			renewLeases(sql, live.ids(), lease).catch(
				tell("leases could not be renewed; the next beat tries again"),
			),
		),
		oneAtATime(() => sweep().catch(tell("orphans could not be swept; the next beat tries again"))),
	];
	const beat = () => {
		for (const work of works) void work();
	};
	const timer = setInterval(beat, lease.ms / 4);
	beat();
	return {
		leaveOrphans: () => {
			mayTake = false;
		},
		stop: () => clearInterval(timer),
	};
}

/** Leaves a call out while the one before it is at work. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
	let isBusy = false;
	return async () => {
		if (isBusy) return;
		isBusy = true;
		await work();
		isBusy = false;
	};
}
