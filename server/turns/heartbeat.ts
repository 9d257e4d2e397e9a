import type { Logger } from "pino";
import type { Sql } from "postgres";
import type { TurnIds, TurnStatus } from "../contract/turn.ts";
import { endAbandonedPauses } from "../quota/index.ts";
import type { AcceptedTurn, Lease } from "./accept-turn.ts";
import { compactLogs } from "./compact.ts";
import type { LiveTurns } from "./live-turns.ts";
import { expireOthers, renewLeases, type SweepInput, sweepOrphan } from "./sweep.ts";

/** Orphans swept at a time: each is some round trips to storage, and may wait for a lock. */
const sweepers = 3;

/** A look for orphans is one small query; somebody waits in front of each of them. */
const sweepEveryMs = 2_000;

/** Nobody waits for the compaction of logs and the like. */
const tidyEveryMs = 30_000;

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
 * Renews this process's leases four times a lease; sweeps orphans every two seconds; now and then drops old logs and abandoned
 * pauses. Begins at once.
 * However long there is to sweep, own leases are renewed in time.
 */
export function startHeartbeat(input: HeartbeatInput): Heartbeat {
	const { sql, lease, live, logger } = input;
	let mayTake = true;
	let tidiedAt = Number.NEGATIVE_INFINITY;
	let isAlone = input.isAlone;

	/** False when there is none. */
	async function sweepOne(): Promise<boolean> {
		if (!mayTake) return false;
		const swept = await sweepOrphan(sql, { lease, describe: input.describe, ownTurnIds: live.ids() });
		if (!swept) return false;
		if (swept.kind === "taken") live.start(swept.turn);
		else input.announceEnd(swept.turn, swept.outcome.status);
		return true;
	}
	const sweepAll = async () => {
		while (await sweepOne());
	};

	async function sweep(): Promise<void> {
		if (isAlone) await expireOthers(sql, lease);
		isAlone = false;
		if (await sweepOne()) await Promise.all(Array.from({ length: sweepers }, sweepAll));
		if (performance.now() - tidiedAt < tidyEveryMs) return;
		tidiedAt = performance.now();
		await compactLogs(sql, input.logRetentionMs);
		await endAbandonedPauses(sql);
	}

	const tell = (words: string) => (error: unknown) => logger.warn({ err: error }, words);
	const timers = [
		every(lease.ms / 4, () =>
			renewLeases(sql, live.ids(), lease).catch(
				tell("leases could not be renewed; the next beat tries again"),
			),
		),
		every(Math.min(lease.ms / 4, sweepEveryMs), () =>
			sweep().catch(tell("orphans could not be swept; the next beat tries again")),
		),
	];
	return {
		leaveOrphans: () => {
			mayTake = false;
		},
		stop: () => timers.forEach(clearInterval),
	};
}

/** At once and from then on, leaving out what would begin while the one before is at work. */
function every(ms: number, work: () => Promise<void>): NodeJS.Timeout {
	let isBusy = false;
	const beat = async () => {
		if (isBusy) return;
		isBusy = true;
		await work();
		isBusy = false;
	};
	void beat();
	return setInterval(() => void beat(), ms);
}
