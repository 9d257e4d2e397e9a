import type { Clock } from "../../kernel/clock.ts";
import { DeploymentQueue, type QueueRequest, type Slot } from "./deployment.ts";
import type { Priority } from "./line.ts";

export type { QueueMove, QueueRequest, Slot } from "./deployment.ts";

/** What one deployment is doing in this process. */
export interface Occupancy {
	readonly deployment: string;
	readonly active: number;
	readonly waiting: Readonly<Record<Priority, number>>;
	/** Milliseconds for which its provider wants to be left alone; 0 mostly. */
	readonly pausedMs: number;
}

/** The queue before the providers' limits: no call is sent that a provider would refuse for its number. */
export interface Queue {
	/**
	 * Resolves when the call may be sent, at once where nothing limits it.
	 *
	 * @throws AppError `expired_in_queue` at the request's deadline; `overloaded` with `details.retryAfterMs` when too many
	 * wait or the provider has said that the deadline is too early; `draining` after `close`; the signal's own reason.
	 */
	enter(request: QueueRequest): Promise<Slot>;
	occupancy(): Occupancy[];
	/** Everybody who waits is sent away. */
	close(): void;
}

export interface QueueOptions {
	readonly clock: Clock;
	/** Processes that share the limits, each an equal part. */
	readonly instances: number;
	/** From 0 to 1, for the spread after a pause. */
	readonly random?: () => number;
	/** So many wait for one deployment at most; one more pushes out the newest of the lowest priority. */
	readonly waitingMax?: number;
}

/** How often deployments that nobody uses any more are forgotten. */
const forgetEveryMs = 60_000;

/** Builds the queue of one process: each gives out its own share of 90 % of every limit, and they do not talk. */
export function createQueue({
	clock,
	instances,
	random = Math.random,
	waitingMax = 500,
}: QueueOptions): Queue {
	const deployments = new Map<string, DeploymentQueue>();
	let timer: NodeJS.Timeout | null = null;

	const forget = () => {
		for (const [key, queue] of deployments) if (queue.forget()) deployments.delete(key);
		timer = null;
		keepForgetting();
	};
	const keepForgetting = () => {
		if (deployments.size > 0) timer ??= setTimeout(forget, forgetEveryMs).unref();
	};
	const get = (deployment: string): DeploymentQueue => {
		const known = deployments.get(deployment);
		if (known) return known;
		const queue = new DeploymentQueue({ clock, instances, random, waitingMax });
		deployments.set(deployment, queue);
		keepForgetting();
		return queue;
	};
	return {
		enter: (request) => get(request.deployment).enter(request),
		occupancy: () =>
			Array.from(deployments, ([deployment, queue]) => ({ deployment, ...queue.toOccupancy() })),
		close() {
			if (timer) clearTimeout(timer);
			timer = null;
			for (const queue of deployments.values()) queue.close();
			deployments.clear();
		},
	};
}
