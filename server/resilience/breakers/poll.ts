import type { Clock } from "../../kernel/clock.ts";

/** The table is read this often while calls are made: a notice may be lost, and a second is all that may pass. */
export const pollIntervalMs = 400;
/** Memory that is older than this is not believed, unless the database is away. */
const staleMs = 900;
const waitMsMax = 250;
/** Without a call for so long nobody needs to know. */
const idleMs = 30_000;

/** Keeps memory fresh while somebody needs it. */
export interface BreakerPoll {
	/** Reads now, or joins the reading that is under way. Never throws. */
	refresh(): Promise<void>;
	/** Memory is needed from now on for a while. */
	wake(): void;
	/** Resolves when memory is fresh enough to decide by, or when the database does not say in time. */
	beFresh(): Promise<void> | null;
	end(): Promise<void>;
}

/** @param read takes in what the database says; a failure leaves memory as it is. */
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
			return withinMs(refresh(), waitMsMax);
		},
		async end() {
			isEnded = true;
			if (timer) clearTimeout(timer);
			await reading;
		},
	};
}

/** Waits for it, but not longer; what comes of it afterwards concerns nobody here. */
async function withinMs(promise: Promise<unknown>, ms: number): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, ms);
	});
	await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
