import type { CountedResult } from "./breaker-store.ts";

/** Entries kept of one breaker while nobody can be told. */
const entriesMax = 500;
const slotMs = 1_000;

interface Run {
	readonly ok: boolean;
	count: number;
	lastAtMs: number;
}

/** What a process saw of one breaker and has not told yet: runs of calls that ended alike, by the second. */
export interface PendingResults {
	readonly isEmpty: boolean;
	readonly hasFailure: boolean;
	push(ok: boolean, nowMs: number): void;
	/** Everything, the oldest first; nothing is pending afterwards. */
	take(nowMs: number): CountedResult[];
	/** What was taken and could not be told. */
	putBack(results: readonly CountedResult[]): void;
	clear(): void;
}

/** Forgets by itself what is too old to count; pushing costs the same however many calls there are. */
export function createPendingResults(windowMs: number): PendingResults {
	let runs: Run[] = [];
	let failures = 0;

	function dropOld(nowMs: number) {
		while (runs.length > entriesMax || (runs[0] && runs[0].lastAtMs <= nowMs - windowMs))
			if (runs.shift()?.ok === false) failures -= 1;
	}
	return {
		get isEmpty() {
			return runs.length === 0;
		},
		get hasFailure() {
			return failures > 0;
		},
		push(ok, nowMs) {
			const last = runs.at(-1);
			if (last?.ok === ok && Math.floor(last.lastAtMs / slotMs) === Math.floor(nowMs / slotMs)) {
				last.count += 1;
				last.lastAtMs = nowMs;
				return;
			}
			runs.push({ ok, count: 1, lastAtMs: nowMs });
			if (!ok) failures += 1;
			dropOld(nowMs);
		},
		take(nowMs) {
			dropOld(nowMs);
			const taken = runs.map(({ ok, count, lastAtMs }) => ({ atMs: lastAtMs, ok, count }));
			runs = [];
			failures = 0;
			return taken;
		},
		putBack(results) {
			runs.unshift(...results.map(({ atMs, ok, count }) => ({ ok, count, lastAtMs: atMs })));
			failures = runs.filter(({ ok }) => !ok).length;
		},
		clear() {
			runs = [];
			failures = 0;
		},
	};
}
