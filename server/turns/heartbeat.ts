import type { Logger } from "pino";
import { isAppError } from "../contract/errors.ts";
import type { TurnId } from "../contract/ids.ts";
import type { TurnIds } from "../contract/turn.ts";
import type { TurnStatus } from "../contract/turn-status.ts";
import { type DatabaseOrTransaction, toStorageError } from "../db/index.ts";
import type { AcceptedTurn, Lease } from "./accept/accept-turn.ts";
import type { LiveTurns } from "./live-turns.ts";
import { compactLogs } from "./log/compact.ts";
import { expireOthers, OrphanError, renewLeases, sweepOrphan } from "./sweep.ts";
import type { DescribeModel } from "./turn-record.ts";

/** Orphans swept at a time: each is some round trips to the database, and may wait for a lock. */
const sweepers = 3;

/** A poll for orphans is one small query; a person waits for each of them. */
const sweepEveryMs = 2_000;

/** Compaction of logs is never urgent. */
const compactEveryMs = 30_000;

/** An orphan whose sweep failed is tried again after this time, sooner if the database was away; meanwhile the others are swept. */
const setAsideMs = { broken: 60_000, storageAway: 4_000 };

/** A turn that ended, to be announced. */
export type EndedTurn = TurnIds & Pick<AcceptedTurn, "userId" | "priority">;

export interface HeartbeatInput extends DatabaseOrTransaction {
	readonly lease: Lease;
	readonly logRetentionMs: number;
	readonly isAlone: boolean;
	readonly live: Pick<LiveTurns, "ids" | "start">;
	readonly logger: Logger;
	readonly describe: DescribeModel;
	announceEnd(turn: EndedTurn, status: TurnStatus): void;
}

export interface Heartbeat {
	/** Takes over nothing from now on: this process is about to end. Own leases are still renewed. */
	leaveOrphans(): void;
	stop(): void;
}

/**
 * Renews this process's leases four times a lease; sweeps orphans every two seconds; now and then drops old logs. Begins
 * at once. However long a sweep takes, own leases are renewed in time, and what fails keeps nothing else from
 * being done.
 */
export function startHeartbeat(input: HeartbeatInput): Heartbeat {
	const { sql, lease, live, logger } = input;
	const setAside = new Map<TurnId, number>();
	let mayTake = true;
	let compactedAt = Number.NEGATIVE_INFINITY;
	let isAlone = input.isAlone;

	/** False when there is none. */
	async function sweepOne(): Promise<boolean> {
		if (!mayTake) return false;
		const exceptTurnIds = [...live.ids(), ...findSetAside(setAside)];
		try {
			const swept = await sweepOrphan(input, { lease, describe: input.describe, exceptTurnIds });
			if (!swept) return false;
			if (swept.kind === "taken") live.start(swept.turn);
			else input.announceEnd(swept.turn, swept.outcome.status);
		} catch (error) {
			if (!(error instanceof OrphanError)) throw error;
			const { turnId, cause } = error;
			const isStorageAway = isAppError(toStorageError(cause));
			setAside.set(turnId, performance.now() + setAsideMs[isStorageAway ? "storageAway" : "broken"]);
			logger.error(
				{ event: "turn.orphan_set_aside", err: cause, turnId },
				"An orphan could not be swept: it is tried again later, and the others go on.",
			);
		}
		return true;
	}
	const sweepAll = async () => {
		while (await sweepOne());
	};

	async function sweep(): Promise<void> {
		if (isAlone) await expireOthers(sql, lease);
		isAlone = false;
		if (await sweepOne()) await Promise.all(Array.from({ length: sweepers }, sweepAll));
	}

	async function compact(): Promise<void> {
		if (performance.now() - compactedAt < compactEveryMs) return;
		compactedAt = performance.now();
		await report("turn.compact_failed", "Old logs could not be dropped", () =>
			compactLogs(sql, input.logRetentionMs),
		);
	}

	const report = (event: string, words: string, work: () => Promise<unknown>) =>
		work().catch((err: unknown) => logger.warn({ event, err }, `${words}; the next beat tries again.`));
	const timers = [
		every(lease.ms / 4, () =>
			report("turn.lease_failed", "Leases could not be renewed", () => renewLeases(sql, live.ids(), lease)),
		),
		every(Math.min(lease.ms / 4, sweepEveryMs), async () => {
			await report("turn.sweep_failed", "Orphans could not be swept", sweep);
			await compact();
		}),
	];
	return {
		leaveOrphans: () => {
			mayTake = false;
		},
		stop: () => timers.forEach(clearInterval),
	};
}

/** Those whose time is not over; the others are forgotten. */
function findSetAside(setAside: Map<TurnId, number>): TurnId[] {
	for (const [turnId, until] of setAside) if (until <= performance.now()) setAside.delete(turnId);
	return [...setAside.keys()];
}

/** At once and from then on, leaving out what would begin while the one before is at work. */
function every(ms: number, work: () => Promise<unknown>): NodeJS.Timeout {
	let isBusy = false;
	const beat = async () => {
		if (isBusy) return;
		isBusy = true;
		await work().finally(() => {
			isBusy = false;
		});
	};
	void beat();
	return setInterval(() => void beat(), ms);
}
