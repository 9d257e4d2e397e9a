import type { Clock } from "../../kernel/clock.ts";
import { createPendingResults, type PendingResults } from "./results.ts";
import type { BreakerRules, BreakerState, BreakerStatus } from "./store.ts";

/** A half-open breaker that had no place just now is not asked again before so many milliseconds. */
const refusedMs = 100;
/** So long a comparison with the database's clock is believed before a worse one replaces it. */
const comparedMs = 60_000;

/** What this process knows of one breaker. Instants are milliseconds of the process's own monotonic clock. */
export interface KnownBreaker {
	readonly key: string;
	state: BreakerStatus;
	epoch: number;
	isHeld: boolean;
	openUntilMs: number;
	throttledUntilMs: number;
	refusedUntilMs: number;
	isTroubled: boolean;
	/** Statements on their way that ask for a probe, and that tell results. */
	asking: number;
	isTelling: boolean;
	/** The last instant that was told, by the database's clock: what is told later came later, whatever the clocks say. */
	toldAtMs: number;
	readonly pending: PendingResults;
}

export type BreakerRefusal = {
	readonly isAdmitted: false;
	/** `throttled`: the provider asked to wait. */
	readonly reason: "open" | "throttled";
	readonly retryAfterMs: number;
};

export interface BreakerMemory {
	/** A breaker that was never heard of is closed, in its first epoch. */
	get(key: string): KnownBreaker;
	all(): Iterable<KnownBreaker>;
	/** Takes in what the database said; what is older than what is known is passed over. */
	take(state: BreakerState): void;
	/** Compares the clocks: what the database's said between two instants of ours. */
	noteClock(sample: { readonly sentAtMs: number; readonly databaseMs: number }): void;
	/** What added to an instant of ours makes it the database's; null before the first comparison. */
	databaseOffsetMs(): number | null;
	/** Why no call is made now, as far as memory can tell; null: it is closed, or the database has to be asked. */
	refuse(known: KnownBreaker): BreakerRefusal | null;
	/** Notes that a half-open breaker had no place. */
	noteRefusal(known: KnownBreaker): void;
}

export function createBreakerMemory(clock: Pick<Clock, "elapsed">, rules: BreakerRules): BreakerMemory {
	const breakers = new Map<string, KnownBreaker>();
	let comparison: { offsetMs: number; errorMs: number; atMs: number } | null = null;

	function get(key: string): KnownBreaker {
		const found = breakers.get(key);
		if (found) return found;
		const known: KnownBreaker = {
			...{ key, state: "closed", epoch: 1, isHeld: false, isTroubled: false, asking: 0, isTelling: false },
			...{ openUntilMs: 0, throttledUntilMs: 0, refusedUntilMs: 0, toldAtMs: 0 },
			pending: createPendingResults(rules.windowMs),
		};
		breakers.set(key, known);
		return known;
	}
	const refusal = (reason: BreakerRefusal["reason"], untilMs: number): BreakerRefusal => ({
		...{ isAdmitted: false, reason },
		retryAfterMs: Math.max(0, Math.ceil(untilMs - clock.elapsed())),
	});

	return {
		get,
		all: () => breakers.values(),
		take({ key, state, epoch, isHeld, openMs, throttledMs, isTroubled }) {
			const known = get(key);
			if (epoch < known.epoch) return;
			const nowMs = clock.elapsed();
			const throttledUntilMs = nowMs + (throttledMs ?? 0);
			if (epoch > known.epoch) {
				known.pending.clear();
				Object.assign(known, { throttledUntilMs, refusedUntilMs: 0 });
			}
			// An answer that was on its way when the provider asked to wait does not take that back.
			known.throttledUntilMs = Math.max(known.throttledUntilMs, throttledUntilMs);
			Object.assign(known, { state, epoch, isHeld, isTroubled, openUntilMs: nowMs + (openMs ?? 0) });
		},
		noteClock({ sentAtMs, databaseMs }) {
			const nowMs = clock.elapsed();
			const errorMs = (nowMs - sentAtMs) / 2;
			// The quickest answer tells the most, for a while: clocks drift.
			if (comparison && errorMs >= comparison.errorMs && nowMs - comparison.atMs < comparedMs) return;
			comparison = { offsetMs: databaseMs - (sentAtMs + errorMs), errorMs, atMs: nowMs };
		},
		databaseOffsetMs: () => comparison?.offsetMs ?? null,
		refuse(known) {
			const nowMs = clock.elapsed();
			if (known.throttledUntilMs > nowMs) return refusal("throttled", known.throttledUntilMs);
			if (known.state === "closed") return null;
			if (known.isHeld) return refusal("open", nowMs + rules.openMsMax);
			if (known.state === "open" && known.openUntilMs > nowMs) return refusal("open", known.openUntilMs);
			const isBusy = known.refusedUntilMs > nowMs || known.asking >= rules.probesMax;
			return isBusy ? refusal("open", nowMs + refusedMs) : null;
		},
		noteRefusal(known) {
			known.refusedUntilMs = clock.elapsed() + refusedMs;
		},
	};
}
