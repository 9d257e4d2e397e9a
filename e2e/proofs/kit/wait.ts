import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";

/** Whether the condition came to hold in time. */
export async function waitUntil(
	holds: () => boolean | Promise<boolean>,
	timeoutMs: number,
	everyMs = 50,
): Promise<boolean> {
	for (const until = Date.now() + timeoutMs; Date.now() < until; await sleep(everyMs))
		if (await holds()) return true;
	return await holds();
}

/**
 * Waits until no turn and no call of the server's own runs any more: at most as long as the lease and the sweep promise, and a margin. Does not fail when some
 * still run, as judging that is the proof's own matter.
 */
export async function waitForQuiet({
	sql,
	leaseMs,
}: {
	readonly sql: postgres.Sql;
	readonly leaseMs: number;
}): Promise<void> {
	const isQuiet = async () => {
		const [live] = await sql<{ count: number }[]>`
			select (select count(*)::int from turns where status in ('queued', 'running'))
				+ (select count(*)::int from house_calls) as count`;
		return live?.count === 0;
	};
	await waitUntil(isQuiet, leaseMs * 2 + 30_000, 250);
}
