import type { FailureClass } from "../failures/rules.ts";

/** Batches kept of one breaker while the database does not answer. */
const batchesMax = 500;
const slotMs = 1_000;

/** Calls of one second with the same result. */
export interface ResultBatch {
	readonly ok: boolean;
	/** Of failures: whose calls these were. */
	readonly person: number | undefined;
	/** Of failures: how these calls failed. */
	readonly class: FailureClass | undefined;
	/** Of failures: the batch of successes in which these calls were counted when their content began. */
	readonly replaces: ResultBatch | undefined;
	count: number;
	lastAtMs: number;
}

/** The results of one breaker that this process has not reported yet, in batches by the second. */
export interface PendingResults {
	readonly isEmpty: boolean;
	readonly hasFailure: boolean;
	/** Counts one call and returns the batch that it is counted in. */
	push(result: Omit<ResultBatch, "count" | "lastAtMs">, nowMs: number): ResultBatch;
	/** Takes all batches out, the oldest first. */
	take(nowMs: number): ResultBatch[];
	/** Returns batches that could not be reported. */
	putBack(batches: readonly ResultBatch[]): void;
	clear(): void;
}

/** Drops what is older than the window; `push` costs the same however many calls there are. */
export function createPendingResults(windowMs: number): PendingResults {
	let batches: ResultBatch[] = [];
	let failures = 0;

	function dropOld(nowMs: number) {
		while (batches.length > batchesMax || (batches[0] && batches[0].lastAtMs <= nowMs - windowMs))
			if (batches.shift()?.ok === false) failures -= 1;
	}
	return {
		get isEmpty() {
			return batches.length === 0;
		},
		get hasFailure() {
			return failures > 0;
		},
		push(result, nowMs) {
			const { ok, person, replaces, class: failureClass } = result;
			const last = batches.at(-1);
			const isSameSecond = last && Math.floor(last.lastAtMs / slotMs) === Math.floor(nowMs / slotMs);
			const isSame = last?.ok === ok && last.person === person && last.class === failureClass;
			if (last && isSameSecond && isSame && last.replaces === replaces) {
				last.count += 1;
				last.lastAtMs = nowMs;
				return last;
			}
			const batch = { ...result, count: 1, lastAtMs: nowMs };
			batches.push(batch);
			if (!ok) failures += 1;
			dropOld(nowMs);
			return batch;
		},
		take(nowMs) {
			dropOld(nowMs);
			const taken = batches;
			batches = [];
			failures = 0;
			return taken;
		},
		putBack(taken) {
			batches.unshift(...taken);
			failures = batches.filter(({ ok }) => !ok).length;
		},
		clear() {
			batches = [];
			failures = 0;
		},
	};
}
