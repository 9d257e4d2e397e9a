import type { Sql } from "postgres";
import type { Clock } from "../../kernel/clock.ts";
import type { FailureClass } from "../failures/rules.ts";
import type { Admission, BreakerGrant, BreakerOutcome, ReportDetails } from "./breakers.ts";
import type { BreakerCache, CachedBreaker } from "./cache.ts";
import type { ResultBatch } from "./pending-results.ts";
import {
	type BreakerReply,
	type BreakerReport,
	type BreakerRules,
	renewProbe,
	reportToBreaker,
} from "./store.ts";

/** A wait that is longer than the known one by less than this is not written again. */
const throttledMsMin = 250;
/** The least distance of two instants that the database still stores as different. */
const orderMs = 0.01;
/** Statements without a batch that failed and are kept for another try. */
const unsentMax = 100;

/** Writes the results of this process to the database: failures at once, successes while a breaker has recent failures. */
export interface BreakerReporter {
	/** Counts the call as a success until it is reported; a probe keeps its place. */
	noteContent(admission: Admission): void;
	report(admission: Admission, outcome: BreakerOutcome, details: ReportDetails): void;
	/** Gives a probe's place back without a result. */
	release(grant: BreakerGrant): void;
	/** Updates the cache from the database's reply, and notifies the other processes of a change. */
	applyReply(reply: BreakerReply): void;
	/** Reports the pending results of breakers with recent failures. */
	flushTroubled(): void;
	/** Sends again what failed to be sent. */
	resendFailed(): void;
	end(): Promise<void>;
}

interface Counted {
	readonly throttledMs?: number | undefined;
	readonly failureClass?: FailureClass | undefined;
}

export function createBreakerReporter(input: {
	readonly sql: Sql;
	readonly clock: Pick<Clock, "elapsed">;
	readonly log: { warn(details: object, message: string): void };
	readonly rules: BreakerRules;
	readonly cache: BreakerCache;
	/** Notifies the other processes that this breaker changed. */
	notify(key: string): void;
}): BreakerReporter {
	const { sql, clock, log, rules, cache, notify } = input;
	const reported = new WeakSet<Admission>();
	/** The batch in which each call was counted when its content began. */
	const counted = new WeakMap<BreakerGrant, ResultBatch>();
	const inFlight = new Set<Promise<void>>();
	let unsent: BreakerReport[] = [];

	function applyReply({ state, isNews }: BreakerReply) {
		const isChange = state.epoch > cache.get(state.key).epoch;
		cache.update(state);
		if (!isNews) return;
		notify(state.key);
		if (!isChange) return;
		const details = { event: "breaker.changed", breaker: state.key, state: state.state };
		log.warn(details, "A circuit breaker changed its state");
	}
	function track(work: Promise<void>) {
		inFlight.add(work);
		void work.finally(() => inFlight.delete(work));
	}
	/** For what is not pending in the cache: the end of a probe, a wait. */
	function send(report: BreakerReport) {
		const sending = reportToBreaker(sql, report, rules).then(applyReply, () => {
			if (unsent.length < unsentMax) unsent.push(report);
		});
		track(sending);
	}
	/** One statement at a time for one breaker; results that arrive in the meantime go with the next. */
	async function flush(breaker: CachedBreaker) {
		const offsetMs = cache.databaseOffsetMs();
		if (breaker.isReporting || breaker.pending.isEmpty || offsetMs === null) return;
		breaker.isReporting = true;
		const { key, epoch } = breaker;
		const batches = breaker.pending.take(clock.elapsed());
		const results = batches.map(({ ok, person, class: failed, count, replaces, lastAtMs }) => {
			breaker.reportedAtMs = Math.max(lastAtMs + offsetMs, breaker.reportedAtMs + orderMs);
			const successAtMs = replaces && replaces.lastAtMs + offsetMs;
			return { ok, person, class: failed, count, atMs: breaker.reportedAtMs, successAtMs };
		});
		let isSent = true;
		try {
			applyReply(await reportToBreaker(sql, { key, epoch, results }, rules));
		} catch {
			isSent = false;
			if (epoch === breaker.epoch) breaker.pending.putBack(batches);
		}
		breaker.isReporting = false;
		if (isSent && breaker.pending.hasFailure) await flush(breaker);
	}

	/** Counts a result at one breaker; `ok` null: no result, a probe's place is given back. */
	function count(grant: BreakerGrant, ok: boolean | null, { throttledMs, failureClass }: Counted = {}) {
		const { key, epoch, probeId } = grant;
		const person = ok === false ? grant.person : undefined;
		if (probeId !== null) {
			const results = ok === null ? [] : [{ atMs: 0, ok, person, class: failureClass, count: 1 }];
			send({ key, epoch, results, probeId, throttledMs });
		}
		const breaker = cache.get(key);
		if (throttledMs !== undefined && throttledMs > 0) {
			const untilMs = clock.elapsed() + throttledMs;
			const isLonger = untilMs > breaker.throttledUntilMs + throttledMsMin;
			breaker.throttledUntilMs = Math.max(breaker.throttledUntilMs, untilMs);
			if (isLonger && probeId === null) send({ key, epoch, results: [], throttledMs });
		}
		if (ok === null || probeId !== null || epoch !== breaker.epoch) return;
		const replaces = counted.get(grant);
		if (ok && replaces) return;
		counted.set(grant, breaker.pending.push({ ok, person, replaces, class: failureClass }, clock.elapsed()));
		if (!ok) track(flush(breaker));
	}

	return {
		applyReply,
		release: (grant) => count(grant, null),
		noteContent({ provider, model }) {
			for (const grant of [provider, model]) {
				const { key, probeId } = grant;
				if (probeId === null) count(grant, true);
				// Without the database the lease may expire; another process may then take the place.
				else track(renewProbe(sql, { key, probeId }, rules).catch(() => undefined));
			}
		},
		report(admission, outcome, { retryAfterMs, failureClass }) {
			if (reported.has(admission)) return;
			reported.add(admission);
			const { provider, model } = admission;
			const isSuccess = outcome === "success" ? true : null;
			const throttledMs = outcome === "throttled" ? (retryAfterMs ?? undefined) : undefined;
			count(provider, outcome === "key" ? false : isSuccess, outcome === "key" ? { failureClass } : {});
			count(
				model,
				outcome === "failure" ? false : isSuccess,
				outcome === "failure" ? { failureClass } : { throttledMs },
			);
		},
		flushTroubled() {
			for (const breaker of cache.all())
				if (breaker.isTroubled || breaker.pending.hasFailure) track(flush(breaker));
		},
		resendFailed() {
			const again = unsent;
			unsent = [];
			for (const report of again) send(report);
		},
		async end() {
			for (const breaker of cache.all()) if (breaker.pending.hasFailure) track(flush(breaker));
			await Promise.allSettled([...inFlight]);
		},
	};
}
