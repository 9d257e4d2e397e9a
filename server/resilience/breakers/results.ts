/** Entries kept of one breaker while nobody can be told. */
const entriesMax = 500;
const slotMs = 1_000;

/** Calls of one second that ended alike. */
export interface Run {
	readonly ok: boolean;
	/** Of failures: the successes that these calls were counted among before they broke. */
	readonly replaces: Run | undefined;
	count: number;
	lastAtMs: number;
}

/** What a process saw of one breaker and has not told yet: runs of calls that ended alike, by the second. */
export interface PendingResults {
	readonly isEmpty: boolean;
	readonly hasFailure: boolean;
	/** Counts one call, and says among which. */
	push(result: Pick<Run, "ok" | "replaces">, nowMs: number): Run;
	/** Everything, the oldest first; nothing is pending afterwards. */
	take(nowMs: number): Run[];
	/** What was taken and could not be told. */
	putBack(runs: readonly Run[]): void;
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
		push({ ok, replaces }, nowMs) {
			const last = runs.at(-1);
			const isSameSecond = last && Math.floor(last.lastAtMs / slotMs) === Math.floor(nowMs / slotMs);
			if (isSameSecond && last.ok === ok && last.replaces === replaces) {
				last.count += 1;
				last.lastAtMs = nowMs;
				return last;
			}
			const run = { ok, replaces, count: 1, lastAtMs: nowMs };
			runs.push(run);
			if (!ok) failures += 1;
			dropOld(nowMs);
			return run;
		},
		take(nowMs) {
			dropOld(nowMs);
			const taken = runs;
			runs = [];
			failures = 0;
			return taken;
		},
		putBack(taken) {
			runs.unshift(...taken);
			failures = runs.filter(({ ok }) => !ok).length;
		},
		clear() {
			runs = [];
			failures = 0;
		},
	};
}
