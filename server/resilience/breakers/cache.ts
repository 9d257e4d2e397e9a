import type { Clock } from "../../kernel/clock.ts";
import { createPendingResults, type PendingResults } from "./pending-results.ts";
import type { BreakerRules, BreakerState, BreakerStatus } from "./store.ts";

/** After a half-open breaker had no free place, the database is not asked again for so long. */
const refusedMs = 100;
/** A measured clock offset is kept for so long before a less precise one may replace it. */
const offsetMaxAgeMs = 60_000;

/** What this process knows of one breaker. Instants are milliseconds of the process's own monotonic clock. */
export interface CachedBreaker {
	readonly key: string;
	state: BreakerStatus;
	epoch: number;
	isHeld: boolean;
	/** The person whose failures alone opened it; null: open for everybody. */
	person: number | null;
	openUntilMs: number;
	throttledUntilMs: number;
	refusedUntilMs: number;
	isTroubled: boolean;
	/** Statements in flight that ask for a probe's place. */
	probesRequested: number;
	/** Whether a statement with results is in flight. */
	isReporting: boolean;
	/** The latest instant that was reported, by the database's clock. Later reports get later instants, also when the offset changes. */
	reportedAtMs: number;
	readonly pending: PendingResults;
}

export type BreakerRefusal = {
	readonly isAdmitted: false;
	/** `throttled`: the provider asked to wait. */
	readonly reason: "open" | "throttled";
	/** When calls are admitted or tested again; null when that is not known: opened manually, or all probes are in use. */
	readonly retryAfterMs: number | null;
};

export interface BreakerCache {
	/** A breaker that the database has no row of is closed, in its first epoch. */
	get(key: string): CachedBreaker;
	all(): Iterable<CachedBreaker>;
	/** Stores a state that the database returned, unless a later epoch is known already. */
	update(state: BreakerState): void;
	/** Compares the clocks: the database's instant was read between `sentAtMs` and now. */
	noteClock(sample: { readonly sentAtMs: number; readonly databaseMs: number }): void;
	/** Added to an instant of this process it gives the database's; null before the first comparison. */
	databaseOffsetMs(): number | null;
	/** Why this person may make no call now; null: the breaker is closed, or the database has to be asked. */
	findRefusal(breaker: CachedBreaker, person: number): BreakerRefusal | null;
	/** Notes that a half-open breaker had no free place. */
	noteRefusal(breaker: CachedBreaker): void;
}

export function createBreakerCache(clock: Pick<Clock, "elapsed">, rules: BreakerRules): BreakerCache {
	const breakers = new Map<string, CachedBreaker>();
	let comparison: { offsetMs: number; errorMs: number; atMs: number } | null = null;

	function get(key: string): CachedBreaker {
		const found = breakers.get(key);
		if (found) return found;
		const breaker: CachedBreaker = {
			key,
			state: "closed",
			epoch: 1,
			isHeld: false,
			person: null,
			isTroubled: false,
			openUntilMs: 0,
			throttledUntilMs: 0,
			refusedUntilMs: 0,
			probesRequested: 0,
			isReporting: false,
			reportedAtMs: 0,
			pending: createPendingResults(rules.windowMs),
		};
		breakers.set(key, breaker);
		return breaker;
	}
	const toRefusal = (reason: BreakerRefusal["reason"], untilMs: number | null): BreakerRefusal => ({
		isAdmitted: false,
		reason,
		retryAfterMs: untilMs === null ? null : Math.max(0, Math.ceil(untilMs - clock.elapsed())),
	});

	return {
		get,
		all: () => breakers.values(),
		update({ key, openMs, throttledMs, ...state }) {
			const breaker = get(key);
			if (state.epoch < breaker.epoch) return;
			const nowMs = clock.elapsed();
			const throttledUntilMs = nowMs + (throttledMs ?? 0);
			if (state.epoch > breaker.epoch) {
				breaker.pending.clear();
				Object.assign(breaker, { throttledUntilMs, refusedUntilMs: 0 });
			}
			// A state that was read before the provider asked to wait must not shorten the wait.
			breaker.throttledUntilMs = Math.max(breaker.throttledUntilMs, throttledUntilMs);
			Object.assign(breaker, { ...state, openUntilMs: nowMs + (openMs ?? 0) });
		},
		noteClock({ sentAtMs, databaseMs }) {
			const nowMs = clock.elapsed();
			const errorMs = (nowMs - sentAtMs) / 2;
			// The quickest answer gives the most precise offset; it is replaced after a while because clocks drift.
			if (comparison && errorMs >= comparison.errorMs && nowMs - comparison.atMs < offsetMaxAgeMs) return;
			comparison = { offsetMs: databaseMs - (sentAtMs + errorMs), errorMs, atMs: nowMs };
		},
		databaseOffsetMs: () => comparison?.offsetMs ?? null,
		findRefusal(breaker, person) {
			const nowMs = clock.elapsed();
			if (breaker.throttledUntilMs > nowMs) return toRefusal("throttled", breaker.throttledUntilMs);
			if (breaker.state === "closed") return null;
			if (breaker.isHeld) return toRefusal("open", null);
			const isForOther = breaker.person !== null && breaker.person !== person;
			if (breaker.state === "open" && breaker.openUntilMs > nowMs && !isForOther)
				return toRefusal("open", breaker.openUntilMs);
			const isBusy = breaker.refusedUntilMs > nowMs || breaker.probesRequested >= rules.probesMax;
			return isBusy ? toRefusal("open", null) : null;
		},
		noteRefusal(breaker) {
			breaker.refusedUntilMs = clock.elapsed() + refusedMs;
		},
	};
}
