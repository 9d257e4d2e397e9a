import { setTimeout as sleep } from "node:timers/promises";
import type { ChaosWay } from "../../../../server/testing/servers/chaos-proxy.ts";
import type { Stage } from "../../kit/stage/stage.ts";

const usual = { delayMs: 0, isBlackHole: false, isRefusing: false, isHangingUp: false };

/** Changes the ways of all instances to the database for a while, and changes them back whatever happens. */
async function withWay({ instances }: Stage, way: Partial<ChaosWay>, forMs: number): Promise<void> {
	for (const { database } of instances) database.set(way);
	try {
		// Refusing new connections affects only instances that have none.
		if (way.isRefusing || way.isHangingUp) for (const { database } of instances) database.resetAll();
		await sleep(forMs);
	} finally {
		for (const { database } of instances) database.set(usual);
	}
}

/** What can happen between the instances and PostgreSQL; each resolves when the cause is removed. */
export const storageFaults = {
	async "every connection reset"({ instances }: Stage) {
		for (const { database } of instances) database.resetAll();
	},
	"refused for 2 s": (stage: Stage) => withWay(stage, { isRefusing: true }, 2_000),
	"200 ms slower for 4 s": (stage: Stage) => withWay(stage, { delayMs: 200 }, 4_000),
	async "backends terminated in a loop for 3 s"({ sql }: Stage) {
		for (const until = Date.now() + 3_000; Date.now() < until; await sleep(250))
			await sql`select pg_terminate_backend(pid) from pg_stat_activity
				where datname = current_database() and application_name like 'parley%'`;
	},
	"black hole for 3 s": (stage: Stage) => withWay(stage, { isBlackHole: true }, 3_000),
	"hung up on for 2 s": (stage: Stage) => withWay(stage, { isHangingUp: true }, 2_000),
} as const;
export type StorageFault = keyof typeof storageFaults;

// The keys of the object are its names.
export const storageFaultNames = Object.keys(storageFaults) as StorageFault[];
