/** The time as a dependency, so that tests control it. Instants that decide money or leases come from the database, not from here. */
export interface Clock {
	/** Milliseconds since the Unix epoch. */
	now(): number;
	/** Monotonic milliseconds, for durations only. */
	elapsed(): number;
}

export const systemClock: Clock = { now: () => Date.now(), elapsed: () => performance.now() };
