import type { Sql } from "postgres";
import type { Clock } from "../clock.ts";
import type { BreakerMemory, KnownBreaker } from "./breaker-memory.ts";
import {
	type BreakerReport,
	type BreakerRules,
	type BreakerState,
	reportToBreaker,
} from "./breaker-store.ts";
import type { Admission, BreakerOutcome, Gate } from "./breakers.ts";

/** A provider that asks to wait so little longer than is known already is not written down again. */
const throttledMsMin = 250;
/** Between two instants that the database still tells apart. */
const orderMs = 0.01;
/** Statements that could not be told and are tried again. */
const owedMax = 100;

/** Brings what this process sees to the database: failures at once, successes when they matter. */
export interface BreakerTeller {
	report(admission: Admission, outcome: BreakerOutcome, retryAfterMs: number | null): void;
	/** Gives a leased place back, with no result. */
	release(gate: Gate): void;
	/** Takes in what the database answered, and passes news on. */
	hear(told: { readonly state: BreakerState; readonly isNews: boolean }): void;
	/** Successes of breakers that somebody saw fail, and whatever could not be told before. */
	tellTroubled(): void;
	tellOwed(): void;
	end(): Promise<void>;
}

export function createBreakerTeller(input: {
	readonly sql: Sql;
	readonly clock: Pick<Clock, "elapsed">;
	readonly log: { warn(details: object, message: string): void };
	readonly rules: BreakerRules;
	readonly memory: BreakerMemory;
	/** Tells the other processes that a breaker has news. */
	announce(key: string): void;
}): BreakerTeller {
	const { sql, clock, log, rules, memory, announce } = input;
	const reported = new WeakMap<Admission, BreakerOutcome>();
	const underway = new Set<Promise<void>>();
	let owed: BreakerReport[] = [];

	function hear({ state, isNews }: { state: BreakerState; isNews: boolean }) {
		const isChange = state.epoch > memory.get(state.key).epoch;
		memory.take(state);
		if (!isNews) return;
		announce(state.key);
		if (isChange) log.warn({ breaker: state.key, state: state.state }, "a circuit breaker changed");
	}
	function track(work: Promise<void>) {
		underway.add(work);
		void work.finally(() => underway.delete(work));
	}
	/** What holds no place in memory: a probe's end, a wait. */
	function send(report: BreakerReport) {
		const sending = reportToBreaker(sql, report, rules).then(hear, () => {
			if (owed.length < owedMax) owed.push(report);
		});
		track(sending);
	}
	/** One statement at a time for one breaker; what comes in the meantime goes with the next. */
	async function tell(known: KnownBreaker) {
		const offsetMs = memory.databaseOffsetMs();
		if (known.isTelling || known.pending.isEmpty || offsetMs === null) return;
		known.isTelling = true;
		const { key, epoch } = known;
		const taken = known.pending.take(clock.elapsed());
		const results = taken.map((result) => {
			known.toldAtMs = Math.max(result.atMs + offsetMs, known.toldAtMs + orderMs);
			return { ...result, atMs: known.toldAtMs };
		});
		let isTold = true;
		try {
			hear(await reportToBreaker(sql, { key, epoch, results }, rules));
		} catch {
			isTold = false;
			if (epoch === known.epoch) known.pending.putBack(taken);
		}
		known.isTelling = false;
		if (isTold && known.pending.hasFailure) await tell(known);
	}

	function count(gate: Gate, ok: boolean | null, throttledMs: number | null) {
		const { key, epoch, probeId } = gate;
		if (probeId !== null) {
			const results = ok === null ? [] : [{ atMs: 0, ok, count: 1 }];
			send({ key, epoch, results, probeId, throttledMs: throttledMs ?? undefined });
		}
		const known = memory.get(key);
		if (throttledMs !== null && throttledMs > 0) {
			const untilMs = clock.elapsed() + throttledMs;
			const isLonger = untilMs > known.throttledUntilMs + throttledMsMin;
			known.throttledUntilMs = Math.max(known.throttledUntilMs, untilMs);
			if (isLonger && probeId === null) send({ key, epoch, results: [], throttledMs });
		}
		if (ok === null || probeId !== null || epoch !== known.epoch) return;
		known.pending.push(ok, clock.elapsed());
		if (!ok) track(tell(known));
	}

	return {
		hear,
		release: (gate) => count(gate, null, null),
		report(admission, outcome, retryAfterMs) {
			const before = reported.get(admission);
			const isWorse = before === "success" && (outcome === "failure" || outcome === "key");
			if (before !== undefined && !isWorse) return;
			reported.set(admission, outcome);
			// Its places were given back with the first word.
			const [provider, model] = [admission.provider, admission.model].map((gate) =>
				isWorse ? { ...gate, probeId: null } : gate,
			) as [Gate, Gate];
			const isSuccess = outcome === "success" ? true : null;
			count(provider, outcome === "key" ? false : isSuccess, null);
			count(model, outcome === "failure" ? false : isSuccess, outcome === "throttled" ? retryAfterMs : null);
		},
		tellTroubled() {
			for (const known of memory.all()) if (known.isTroubled || known.pending.hasFailure) track(tell(known));
		},
		tellOwed() {
			const again = owed;
			owed = [];
			for (const report of again) send(report);
		},
		async end() {
			for (const known of memory.all()) if (known.pending.hasFailure) track(tell(known));
			await Promise.allSettled([...underway]);
		},
	};
}
