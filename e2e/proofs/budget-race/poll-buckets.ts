import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";

/** What one bucket of a person held at an instant, nano-dollars. */
export interface BucketPoll {
	readonly usedNanoUsd: bigint;
	readonly reservedNanoUsd: bigint;
}

const everyMs = 10;

/** Looks at all buckets of a person, again and again, until `end`, which polls a last time. */
export function pollBuckets(sql: postgres.Sql, userId: string): { end(): Promise<BucketPoll[]> } {
	const polls: BucketPoll[] = [];
	const watching = new AbortController();
	const look = async () => {
		const rows = await sql<{ used: string; reserved: string }[]>`
			select (used_nano_usd + carried_nano_usd)::text as used, reserved_nano_usd::text as reserved
			from quota_buckets where key like ${`user:${userId}:%`}`;
		for (const { used, reserved } of rows)
			polls.push({ usedNanoUsd: BigInt(used), reservedNanoUsd: BigInt(reserved) });
	};
	const running = (async () => {
		for (; !watching.signal.aborted; await sleep(everyMs)) await look();
	})();
	return {
		async end() {
			watching.abort();
			await running;
			await look();
			return polls;
		},
	};
}
