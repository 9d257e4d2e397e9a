import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { mutate, query } from "../kit/clients/api-calls.ts";
import type { StagePerson } from "../kit/stage/accounts.ts";
import type { Stage } from "../kit/stage/stage.ts";

const everyMs = 500;
const listed = z.object({
	breakers: z.array(
		z.object({ deployment: z.string(), state: z.string(), throttledUntil: z.string().nullable() }),
	),
});

/**
 * An administrator who closes every circuit breaker that opens, until the signal: so many faults at once would leave the
 * models alone for minutes, and what is not called costs nothing. Returns how many were closed.
 */
export async function keepBreakersClosed(
	{ balancer }: Stage,
	{ headers }: StagePerson,
	signal: AbortSignal,
): Promise<number> {
	let closed = 0;
	for (; !signal.aborted; await sleep(everyMs)) {
		const { data } = await query(balancer.url, { path: "admin.breakers.list", input: {}, headers });
		const { breakers } = listed.safeParse(data).data ?? { breakers: [] };
		for (const { deployment, state, throttledUntil } of breakers) {
			if (state === "closed" && throttledUntil === null) continue;
			const { code } = await mutate(balancer.url, {
				path: "admin.breakers.close",
				input: { deployment },
				headers,
			});
			if (code === null) closed += 1;
		}
	}
	return closed;
}
