import type { Clock } from "../kernel/clock.ts";

const slotMs = 1_000;
/** A window is this second and the nine before it. */
const slots = 10;
const retriesOfRequests = 0.1;

/** Limits the retries at each provider, so that an outage does not multiply the requests. */
export interface RetryBudget {
	/** Counts the first call of a turn at this provider. */
	countRequest(providerId: string): void;
	/** Whether a further call of the same turn may be made at this provider now. */
	canRetry(providerId: string): boolean;
	/** Counts a retry when it is decided, not when it is made. */
	countRetry(providerId: string): void;
}

interface Counts {
	requests: number;
	retries: number;
}

/**
 * A sliding window, as in Finagle: at each provider, the retries of the last ten seconds stay within 10 % of its requests in the
 * same time plus the floor. Over T seconds: retries <= 10 % of the requests + floor * (T + 10). Processes do not coordinate, so
 * the floor is divided by their number.
 */
export function createRetryBudget(input: {
	readonly clock: Pick<Clock, "elapsed">;
	/** How many processes share the floor of one retry a second. */
	readonly instances: number;
}): RetryBudget {
	const floor = slots / Math.max(1, input.instances);
	const providers = new Map<string, Map<number, Counts>>();
	const toSlot = () => Math.floor(input.clock.elapsed() / slotMs);

	/** The counts of the window, without older ones. */
	function windowOf(providerId: string): Map<number, Counts> {
		const found = providers.get(providerId) ?? new Map<number, Counts>();
		providers.set(providerId, found);
		const oldest = toSlot() - slots + 1;
		for (const slot of found.keys()) if (slot < oldest) found.delete(slot);
		return found;
	}
	function count(providerId: string, what: keyof Counts) {
		const slot = toSlot();
		const window = windowOf(providerId);
		const counts = window.get(slot) ?? { requests: 0, retries: 0 };
		counts[what] += 1;
		window.set(slot, counts);
	}

	return {
		countRequest: (providerId) => count(providerId, "requests"),
		countRetry: (providerId) => count(providerId, "retries"),
		canRetry(providerId) {
			let requests = 0;
			let retries = 0;
			for (const counts of windowOf(providerId).values()) {
				requests += counts.requests;
				retries += counts.retries;
			}
			return retries + 1 <= requests * retriesOfRequests + floor;
		},
	};
}
