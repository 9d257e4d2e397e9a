import type { Logger } from "pino";
import type { Sql } from "postgres";
import { endExpiredCall, type Lease, renewCalls } from "./book-call.ts";

/** A call of a dead process waits at most so long beyond its lease. */
const sweepEveryMs = 5_000;

/** Keeps the records of this process's calls, and ends those of processes that are gone. */
export interface CallKeeper {
	/** From here on the record of a call is renewed; until `forget`. */
	keep(id: string): void;
	forget(id: string): void;
	stop(): void;
}

export function startCallKeeper(input: {
	readonly sql: Sql;
	readonly lease: Lease;
	readonly logger: Pick<Logger, "warn">;
}): CallKeeper {
	const { sql, lease, logger } = input;
	const own = new Set<string>();
	let isBusy = false;

	const report = (work: Promise<unknown>) =>
		work.catch((err: unknown) =>
			logger.warn(
				{ event: "house.calls_not_kept", err },
				"Records of the server's own calls could not be renewed or ended; the next beat tries again.",
			),
		);
	async function endExpired(): Promise<void> {
		while (await endExpiredCall(sql, { lease, exceptIds: [...own] }));
	}
	async function sweep(): Promise<void> {
		if (isBusy) return;
		isBusy = true;
		await report(endExpired()).finally(() => {
			isBusy = false;
		});
	}
	const timers = [
		setInterval(() => void report(renewCalls(sql, [...own], lease)), lease.ms / 4),
		setInterval(() => void sweep(), Math.min(lease.ms / 2, sweepEveryMs)),
	];
	return {
		keep: (id) => void own.add(id),
		forget: (id) => void own.delete(id),
		stop: () => timers.forEach(clearInterval),
	};
}
