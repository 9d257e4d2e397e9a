import { setTimeout as sleep } from "node:timers/promises";
import { drainMsMax, type Instance } from "../../kit/stage/instances.ts";
import type { Stage } from "../../kit/stage/stage.ts";
import type { Fault } from "../clients/history.ts";
import { recover } from "./recover.ts";

/** A fault of one instance: its name, and what injects it and resolves when the instance serves again. */
export interface InstanceFault {
	readonly what: string;
	run(fault: Fault): Promise<void>;
}

export const kill = (instance: Instance, stage: Stage): InstanceFault => ({
	what: `kill -9 of instance ${instance.index}`,
	async run(fault) {
		await instance.kill();
		instance.database.set({ delayMs: 0 });
		fault.toMs = Date.now();
		await instance.start();
		await recover(fault, [instance], stage);
	},
});

/** Stops a process for two leases: others take its turns over, and it comes back as if nothing had happened. */
export function freeze(instance: Instance, stage: Stage): InstanceFault {
	const frozenMs = stage.leaseMs * 2;
	return {
		what: `instance ${instance.index} frozen for ${frozenMs / 1_000} s`,
		async run(fault) {
			instance.freeze();
			await sleep(frozenMs);
			instance.thaw();
			await recover(fault, [instance], stage);
		},
	};
}

export const drain = (instance: Instance, stage: Stage): InstanceFault => ({
	what: `SIGTERM to instance ${instance.index}`,
	async run(fault) {
		const { ending, tookMs } = await instance.drain();
		const endedAtMs = Date.now();
		fault.toMs = endedAtMs;
		if (ending !== "exit 0") fault.complaints.push(`it ended by ${ending}, not by exit 0`);
		if (tookMs > drainMsMax) fault.complaints.push(`it took ${tookMs} ms to end`);
		for (const { atMs, instance: index, where, path } of stage.balancer.cuts)
			if (index === instance.index && atMs >= fault.fromMs && atMs <= endedAtMs && where !== "connect")
				fault.complaints.push(
					`${where} of ${path.split("?")[0]} was cut ${atMs - fault.fromMs} ms after SIGTERM`,
				);
		await instance.start();
		await recover(fault, [instance], stage);
	},
});
