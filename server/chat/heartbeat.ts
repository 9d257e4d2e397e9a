import type { Logger } from "pino";
import type { Sql } from "postgres";
import type { UserId } from "../ids.ts";
import type { TurnIds, TurnStatus } from "../turn.ts";
import type { Lease } from "./accept-turn.ts";
import { compactLogs } from "./compact.ts";
import type { LiveTurns } from "./live-turns.ts";
import { expireOthers, renewLeases, type SweepInput, sweepOrphan } from "./sweep.ts";

/** Logs are compacted at every so-and-so-many beats: nobody waits for it. */
const beatsPerCompaction = 6;

export interface HeartbeatInput {
	readonly sql: Sql;
	readonly lease: Lease;
	readonly logRetentionMs: number;
	readonly isAlone: boolean;
	readonly live: Pick<LiveTurns, "ids" | "start">;
	readonly logger: Logger;
	readonly describe: SweepInput["describe"];
	announceEnd(turn: TurnIds & { userId: UserId }, status: TurnStatus): void;
}

export interface Heartbeat {
	/** Takes over nothing from now on: this process is about to end. Own leases are still renewed. */
	leaveOrphans(): void;
	stop(): void;
}

/** Four times a lease: renews this process's leases, sweeps orphans, now and then drops old logs. Begins at once. */
export function startHeartbeat(input: HeartbeatInput): Heartbeat {
	const { sql, lease, live, logger } = input;
	let mayTake = true;
	let isBeating = false;
	let beats = 0;
	let isAlone = input.isAlone;

	async function sweep(): Promise<void> {
		while (mayTake) {
			const swept = await sweepOrphan(sql, { lease, describe: input.describe, ownTurnIds: live.ids() });
			if (!swept) return;
			if (swept.kind === "taken") live.start(swept.turn);
			else input.announceEnd(swept.turn, swept.outcome.status);
		}
	}

	async function beat(): Promise<void> {
		if (isBeating) return;
		isBeating = true;
		try {
			await renewLeases(sql, live.ids(), lease);
			if (isAlone) await expireOthers(sql, lease);
			isAlone = false;
			await sweep();
			if (beats++ % beatsPerCompaction === 0) await compactLogs(sql, input.logRetentionMs);
		} catch (error) {
			logger.warn({ err: error }, "leases could not be renewed; the next beat tries again");
		} finally {
			isBeating = false;
		}
	}

	const timer = setInterval(() => void beat(), lease.ms / 4);
	void beat();
	return {
		leaveOrphans: () => {
			mayTake = false;
		},
		stop: () => clearInterval(timer),
	};
}
