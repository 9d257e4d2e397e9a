import type { Clock } from "../kernel/clock.ts";

const slotMs = 1_000;
/** A window is this second and the nine before it. */
const slots = 10;
const retriesOfRequests = 0.1;

/** Retries that one provider may be asked, so that an outage does not become a storm. */
export interface RetryBudget {
	/** A first call at a provider, whoever was asked before it. */
	countRequest(providerId: string): void;
	/** Whether a further call of the same request may be made now. */
	canRetry(providerId: string): boolean;
	/** Counts a retry that was allowed, when it is decided and not when it is made. */
	countRetry(providerId: string): void;
}

interface Counted {
	requests: number;
	retries: number;
}

/**
 * A sliding window, as in Finagle: of any provider, the retries of the last ten seconds stay within 10 % of its requests in
 * them and the floor. Over any time of T seconds: retries <= 10 % of the requests + floor * (T + 10). Each process counts
 * alone, so the floor is divided by their number.
 */
export function createRetryBudget(input: {
	readonly clock: Pick<Clock, "elapsed">;
	/** How many processes share the floor of one retry a second. */
	readonly instances: number;
}): RetryBudget {
	const floor = slots / Math.max(1, input.instances);
	const providers = new Map<string, Map<number, Counted>>();
	const toSlot = () => Math.floor(input.clock.elapsed() / slotMs);

	/** The counts of the window; older ones are forgotten. */
	function windowOf(providerId: string): Map<number, Counted> {
		const found = providers.get(providerId) ?? new Map<number, Counted>();
		providers.set(providerId, found);
		const oldest = toSlot() - slots + 1;
		for (const slot of found.keys()) if (slot < oldest) found.delete(slot);
		return found;
	}
	function count(providerId: string, what: keyof Counted) {
		const slot = toSlot();
		const window = windowOf(providerId);
		const counted = window.get(slot) ?? { requests: 0, retries: 0 };
		counted[what] += 1;
		window.set(slot, counted);
	}

	return {
		countRequest: (providerId) => count(providerId, "requests"),
		countRetry: (providerId) => count(providerId, "retries"),
		canRetry(providerId) {
			let requests = 0;
			let retries = 0;
			for (const counted of windowOf(providerId).values()) {
				requests += counted.requests;
				retries += counted.retries;
			}
			return retries + 1 <= requests * retriesOfRequests + floor;
		},
	};
}
