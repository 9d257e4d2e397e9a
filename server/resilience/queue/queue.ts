import type { Clock } from "../../kernel/clock.ts";
import { DeploymentQueue, type QueueRequest, type Slot } from "./deployment-queue.ts";

export type { QueueMove, QueueRequest, Slot } from "./deployment-queue.ts";

/** Holds calls back while a provider's limit is reached, so that the provider does not have to refuse them. */
export interface Queue {
	/**
	 * Resolves when the call may be sent, at once where nothing limits it.
	 *
	 * @throws AppError `expired_in_queue` at the request's deadline; `overloaded` with `details.retryAfterMs` when too many calls
	 * wait or the provider's pause ends after the deadline; `draining` after `close`; the signal's own reason.
	 */
	enter(request: QueueRequest): Promise<Slot>;
	/** Rejects all waiting calls. */
	close(): void;
}

export interface QueueOptions {
	readonly clock: Clock;
	/** Processes that share the limits, each an equal part. */
	readonly instances: number;
	/** From 0 to 1, for the jitter after a pause. */
	readonly random?: () => number;
	/** The most calls that wait for one deployment; one more evicts the newest of the lowest priority. */
	readonly waitingMax?: number;
}

/** How often the queues of deployments without calls are dropped. */
const dropEveryMs = 60_000;

/** Creates the queue of one process, which admits its own share of 90 % of every limit. Processes do not coordinate. */
export function createQueue({
	clock,
	instances,
	random = Math.random,
	waitingMax = 500,
}: QueueOptions): Queue {
	const deployments = new Map<string, DeploymentQueue>();
	let timer: NodeJS.Timeout | null = null;

	const dropUnused = () => {
		for (const [key, queue] of deployments) if (queue.dropOld()) deployments.delete(key);
		timer = null;
		schedule();
	};
	const schedule = () => {
		if (deployments.size > 0) timer ??= setTimeout(dropUnused, dropEveryMs).unref();
	};
	const get = (deployment: string): DeploymentQueue => {
		const known = deployments.get(deployment);
		if (known) return known;
		const queue = new DeploymentQueue({ clock, instances, random, waitingMax });
		deployments.set(deployment, queue);
		schedule();
		return queue;
	};
	return {
		enter: (request) => get(request.deployment).enter(request),
		close() {
			if (timer) clearTimeout(timer);
			timer = null;
			for (const queue of deployments.values()) queue.close();
			deployments.clear();
		},
	};
}
