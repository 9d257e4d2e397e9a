/** A provider's limits; null where none is known. */
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

/** The part of a limit that is used: the provider counts differently, and other software may use the same account. */
const usedPart = 0.9;

export const minuteMs = 60_000;

/** One process's share of a limit per minute. Less than one per minute becomes one in a longer period. */
export function toShare(limitPerMinute: number, instances: number): Share {
	const perMinute = (limitPerMinute * usedPart) / instances;
	return perMinute >= 1
		? { amount: Math.floor(perMinute), periodMs: minuteMs }
		: { amount: 1, periodMs: minuteMs / perMinute };
}

/** One process's share of a limit on concurrent calls: at least one, because 0 would stop this process for good. */
export const toConcurrencyShare = (limit: number, instances: number): number =>
	Math.max(1, Math.floor((limit * usedPart) / instances));

/**
 * A sliding window: no period, wherever it begins, holds more than the share. Amounts taken within a quarter of a second are one
 * entry, dated to the end of the quarter: the count errs on the safe side, and a window has few entries however large its limit is.
 */
export interface RateWindow {
	/** Milliseconds until `amount` more fits; 0 = now. An amount larger than the share fits when nothing else is counted. */
	waitMs(amount: number, share: Share, nowMs: number): number;
	/** Counts an amount, drops what is older than the period, and returns the id of the entry. */
	take(amount: number, nowMs: number, periodMs: number): number;
	/** Changes the amount of an entry, if it still counts. */
	correct(entryId: number, by: number): void;
	isEmpty(nowMs: number, periodMs: number): boolean;
	/** A copy on which a forecast can be played. */
	fork(): RateWindow;
}

interface Entry {
	readonly takenAtMs: number;
	amount: number;
}

const grainMs = 250;

export function createRateWindow(entries: Entry[] = []): RateWindow {
	let sum = entries.reduce((total, { amount }) => total + amount, 0);

	function dropOld(nowMs: number, periodMs: number): void {
		for (let first = entries[0]; first && first.takenAtMs + periodMs <= nowMs; first = entries[0]) {
			sum -= first.amount;
			entries.shift();
		}
	}

	return {
		waitMs(amount, share, nowMs) {
			dropOld(nowMs, share.periodMs);
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
			dropOld(nowMs, periodMs);
			const entryId = Math.ceil(nowMs / grainMs) * grainMs;
			const last = entries.at(-1);
			sum += amount;
			if (last && last.takenAtMs >= entryId) last.amount += amount;
			else entries.push({ takenAtMs: entryId, amount });
			return entryId;
		},
		correct(entryId, by) {
			const entry = entries.findLast(({ takenAtMs }) => takenAtMs === entryId);
			if (!entry) return;
			const change = Math.max(-entry.amount, by);
			entry.amount += change;
			sum += change;
		},
		isEmpty(nowMs, periodMs) {
			dropOld(nowMs, periodMs);
			return entries.length === 0;
		},
		fork: () => createRateWindow(entries.map((entry) => ({ ...entry }))),
	};
}
