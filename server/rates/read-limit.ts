import { AppError } from "../contract/errors.ts";
import type { UserId } from "../contract/ids.ts";

/** Bounds how many reads run at a time, so that one person's queries do not take every connection of the database. */
export interface ReadLimit {
	/**
	 * Runs a read when one of the person's places and one of all places are free.
	 *
	 * @throws AppError `rate_limited` (`reads`) when too many reads of the person wait already, or one waited too long.
	 */
	run<Result>(userId: UserId, read: () => Promise<Result>): Promise<Result>;
}

export interface ReadPlaces {
	/** Of all people. */
	readonly total: number;
	readonly perPerson: number;
	/** Reads of one person that may wait. */
	readonly waitingMax: number;
	readonly waitMsMax: number;
}

/** Two fifths of the connections stay free for messages, their logs and their ends. */
const readShare = 0.6;

/** With the 6 s in which the database answers any statement, a read that waits still ends within 10 s. */
const waitMsMax = 4_000;

/** For a pool of so many connections. A page asks for about four things at once, a batch for ten. */
export function toReadPlaces(poolMax: number): ReadPlaces {
	const total = Math.max(1, Math.floor(poolMax * readShare));
	return { total, perPerson: Math.max(1, Math.min(4, total - 1)), waitingMax: 30, waitMsMax };
}

interface Waiting {
	readonly userId: UserId;
	start(): void;
}

export function createReadLimit({ total, perPerson, waitingMax, waitMsMax }: ReadPlaces): ReadLimit {
	const running = new Map<UserId, number>();
	const waitingOf = new Map<UserId, number>();
	const queue = new Set<Waiting>();
	let runningInAll = 0;

	const count = (counts: Map<UserId, number>, userId: UserId, change: 1 | -1) => {
		const next = (counts.get(userId) ?? 0) + change;
		if (next > 0) counts.set(userId, next);
		else counts.delete(userId);
	};
	const isFree = (userId: UserId) => runningInAll < total && (running.get(userId) ?? 0) < perPerson;
	const take = (userId: UserId) => {
		runningInAll += 1;
		count(running, userId, 1);
	};
	const release = (userId: UserId) => {
		runningInAll -= 1;
		count(running, userId, -1);
		// In the order of their arrival; those whose person has no place free are passed over.
		for (const next of queue) {
			if (runningInAll >= total) return;
			if (!isFree(next.userId)) continue;
			queue.delete(next);
			next.start();
		}
	};

	function waitForPlace(userId: UserId): Promise<void> {
		if ((waitingOf.get(userId) ?? 0) >= waitingMax) throw toRefusal();
		const { promise, resolve, reject } = Promise.withResolvers<void>();
		const waiting: Waiting = {
			userId,
			start() {
				take(userId);
				resolve();
			},
		};
		const timer = setTimeout(() => {
			if (queue.delete(waiting)) reject(toRefusal());
		}, waitMsMax);
		queue.add(waiting);
		count(waitingOf, userId, 1);
		return promise.finally(() => {
			clearTimeout(timer);
			count(waitingOf, userId, -1);
		});
	}

	return {
		async run(userId, read) {
			if (isFree(userId)) take(userId);
			else await waitForPlace(userId);
			try {
				return await read();
			} finally {
				release(userId);
			}
		},
	};
}

const toRefusal = () =>
	new AppError("rate_limited", "Too many queries at a time.", {
		details: { limit: "reads", retryAfterMs: 1_000 },
	});
