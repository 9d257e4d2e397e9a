/** What may be asked of a provider; null = nobody says. */
export interface Limits {
	readonly requestsPerMinute: number | null;
	readonly tokensPerMinute: number | null;
	/** Calls at the same time. */
	readonly concurrency: number | null;
}

export const noLimits: Limits = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null };

/** At most `amount` within any `periodMs`. */
export interface Share {
	readonly amount: number;
	readonly periodMs: number;
}

/** Of a limit so much is used: the provider counts in its own way, and others may use the same account. */
const usedPart = 0.9;

export const minuteMs = 60_000;

/** One process's share of a limit per minute. Less than one per minute becomes one in a longer time. */
export function toShare(limitPerMinute: number, instances: number): Share {
	const perMinute = (limitPerMinute * usedPart) / instances;
	return perMinute >= 1
		? { amount: Math.floor(perMinute), periodMs: minuteMs }
		: { amount: 1, periodMs: minuteMs / perMinute };
}

/** One process's share of a limit on calls at the same time: never less than one, or nothing would ever be sent. */
export const toConcurrencyShare = (limit: number, instances: number): number =>
	Math.max(1, Math.floor((limit * usedPart) / instances));

/**
 * What was taken lately, to keep within a share: a sliding window, so that no minute holds more than the limit, wherever
 * it begins. What is taken within a quarter of a second is one entry, dated to its end: the count errs on the safe side
 * and a window holds few entries, however large its limit.
 */
export interface RateWindow {
	/** Milliseconds until `amount` more fits; 0 = now. More than the whole share fits when nothing else is counted. */
	waitMs(amount: number, share: Share, nowMs: number): number;
	/** Counts an amount, drops what is older than the period, and returns the amount's mark. */
	take(amount: number, nowMs: number, periodMs: number): number;
	/** Corrects what was taken under a mark, if it still counts. */
	correct(mark: number, by: number): void;
	isEmpty(nowMs: number, periodMs: number): boolean;
	/** A copy to try the future on. */
	fork(): RateWindow;
}

interface Entry {
	readonly takenAtMs: number;
	amount: number;
}

const grainMs = 250;

export function createRateWindow(entries: Entry[] = []): RateWindow {
	let sum = entries.reduce((total, { amount }) => total + amount, 0);

	function forget(nowMs: number, periodMs: number): void {
		for (let first = entries[0]; first && first.takenAtMs + periodMs <= nowMs; first = entries[0]) {
			sum -= first.amount;
			entries.shift();
		}
	}

	return {
		waitMs(amount, share, nowMs) {
			forget(nowMs, share.periodMs);
			let left = sum;
			let freeAtMs = nowMs;
			for (const entry of entries) {
				if (left === 0 || left + amount <= share.amount) break;
				left -= entry.amount;
				freeAtMs = entry.takenAtMs + share.periodMs;
			}
			return freeAtMs - nowMs;
		},
		take(amount, nowMs, periodMs) {
			forget(nowMs, periodMs);
			const mark = Math.ceil(nowMs / grainMs) * grainMs;
			const last = entries.at(-1);
			sum += amount;
			if (last && last.takenAtMs >= mark) last.amount += amount;
			else entries.push({ takenAtMs: mark, amount });
			return mark;
		},
		correct(mark, by) {
			const entry = entries.findLast(({ takenAtMs }) => takenAtMs === mark);
			if (!entry) return;
			const change = Math.max(-entry.amount, by);
			entry.amount += change;
			sum += change;
		},
		isEmpty(nowMs, periodMs) {
			forget(nowMs, periodMs);
			return entries.length === 0;
		},
		fork: () => createRateWindow(entries.map((entry) => ({ ...entry }))),
	};
}
