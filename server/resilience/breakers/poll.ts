import type { Clock } from "../../kernel/clock.ts";

/** The breakers are read this often while calls are made: a notice may be lost, and a change must be seen within a second. */
const pollIntervalMs = 400;
/** An older cache is refreshed before it decides, unless the database does not answer. */
const staleMs = 900;
const waitMsMax = 250;
/** Polling stops after so long without a call. */
const idleMs = 30_000;

/** Keeps the breaker cache fresh while calls are made. */
export interface BreakerPoll {
	/** Reads now, or joins the read that is in flight. Never throws. */
	refresh(): Promise<void>;
	/** A call is made: polls from now on until calls stop. */
	wake(): void;
	/** Null when the cache is fresh enough, else resolves when it is, or after 250 ms without an answer of the database. */
	beFresh(): Promise<void> | null;
	end(): Promise<void>;
}

/** @param read updates the cache from the database; when it fails the cache stays as it is. */
export function createBreakerPoll(
	read: () => Promise<void>,
	clock: Pick<Clock, "elapsed">,
	onTick: () => void,
): BreakerPoll {
	let freshAtMs = Number.NEGATIVE_INFINITY;
	let failedAtMs = Number.NEGATIVE_INFINITY;
	let usedAtMs = Number.NEGATIVE_INFINITY;
	let reading: Promise<void> | null = null;
	let timer: NodeJS.Timeout | null = null;
	let isEnded = false;

	async function readOnce() {
		const startedAtMs = clock.elapsed();
		try {
			await read();
			freshAtMs = startedAtMs;
		} catch {
			failedAtMs = clock.elapsed();
		} finally {
			reading = null;
		}
	}
	function refresh(): Promise<void> {
		reading ??= readOnce();
		return reading;
	}
	const schedule = () => {
		timer = setTimeout(() => void tick(), pollIntervalMs).unref();
	};
	async function tick() {
		await refresh();
		onTick();
		timer = null;
		if (!isEnded && clock.elapsed() - usedAtMs <= idleMs) schedule();
	}

	return {
		refresh,
		wake() {
			usedAtMs = clock.elapsed();
			if (timer === null && !isEnded) schedule();
		},
		beFresh() {
			const nowMs = clock.elapsed();
			if (nowMs - freshAtMs <= staleMs || nowMs - failedAtMs <= pollIntervalMs) return null;
			return waitAtMost(refresh(), waitMsMax);
		},
		async end() {
			isEnded = true;
			if (timer) clearTimeout(timer);
			await reading;
		},
	};
}

/** Resolves with the promise or after `ms`, whichever is first. */
async function waitAtMost(promise: Promise<unknown>, ms: number): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, ms);
	});
	await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
