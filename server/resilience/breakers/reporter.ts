import type { Sql } from "postgres";
import type { Clock } from "../../kernel/clock.ts";
import type { Admission, BreakerOutcome, Gate } from "./breakers.ts";
import type { BreakerMemory, KnownBreaker } from "./memory.ts";
import type { Run } from "./results.ts";
import {
	type BreakerReport,
	type BreakerRules,
	type BreakerState,
	renewProbe,
	reportToBreaker,
} from "./store.ts";

/** A provider that asks to wait so little longer than is known already is not written down again. */
const throttledMsMin = 250;
/** Between two instants that the database still tells apart. */
const orderMs = 0.01;
/** Statements that could not be told and are tried again. */
const owedMax = 100;

/** Brings what this process sees to the database: failures at once, successes when they matter. */
export interface BreakerReporter {
	/** The model answers: counted as a success until the call is reported; a probe keeps its place. */
	noteContent(admission: Admission): void;
	report(admission: Admission, outcome: BreakerOutcome, retryAfterMs: number | null): void;
	/** Gives a leased place back, with no result. */
	release(gate: Gate): void;
	/** Takes in what the database answered, and passes news on. */
	applyReply(told: { readonly state: BreakerState; readonly isNews: boolean }): void;
	/** Successes of breakers that somebody saw fail, and whatever could not be told before. */
	tellTroubled(): void;
	tellOwed(): void;
	end(): Promise<void>;
}

export function createBreakerReporter(input: {
	readonly sql: Sql;
	readonly clock: Pick<Clock, "elapsed">;
	readonly log: { warn(details: object, message: string): void };
	readonly rules: BreakerRules;
	readonly memory: BreakerMemory;
	/** Tells the other processes that a breaker has news. */
	announce(key: string): void;
}): BreakerReporter {
	const { sql, clock, log, rules, memory, announce } = input;
	const reported = new WeakSet<Admission>();
	/** Successes of calls that began to answer, by their gates. */
	const seen = new WeakMap<Gate, Run>();
	const underway = new Set<Promise<void>>();
	let owed: BreakerReport[] = [];

	function applyReply({ state, isNews }: { state: BreakerState; isNews: boolean }) {
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
		const sending = reportToBreaker(sql, report, rules).then(applyReply, () => {
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
		const results = taken.map((run) => {
			known.toldAtMs = Math.max(run.lastAtMs + offsetMs, known.toldAtMs + orderMs);
			const { ok, count, replaces } = run;
			return { ok, count, atMs: known.toldAtMs, successAtMs: replaces && replaces.lastAtMs + offsetMs };
		});
		let isTold = true;
		try {
			applyReply(await reportToBreaker(sql, { key, epoch, results }, rules));
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
		const replaces = seen.get(gate);
		if (ok && replaces) return;
		seen.set(gate, known.pending.push({ ok, replaces }, clock.elapsed()));
		if (!ok) track(tell(known));
	}

	return {
		applyReply,
		release: (gate) => count(gate, null, null),
		noteContent({ provider, model }) {
			for (const gate of [provider, model]) {
				const { key, probeId } = gate;
				if (probeId === null) count(gate, true, null);
				// Without the database the lease may end; the place is then free for another process.
				else track(renewProbe(sql, { key, probeId }, rules).catch(() => undefined));
			}
		},
		report(admission, outcome, retryAfterMs) {
			if (reported.has(admission)) return;
			reported.add(admission);
			const { provider, model } = admission;
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
