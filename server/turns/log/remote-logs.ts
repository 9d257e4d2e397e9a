/** Hand-written SQL: one query for the logs of every turn that is read from another process. */
import type { Sql } from "postgres";
import type { TurnId } from "../../contract/ids.ts";
import type { LoggedEvent } from "../../contract/turn.ts";

/** How often the logs of turns that run in other processes are polled, all of them in one statement. */
const pollIntervalMs = 60;
/** A reader gets control at least this often, to check its session and whether the turn still exists. */
const waitMsMax = 2_000;
/** Events of one turn in one poll; a reader who is further behind polls again at once. */
const eventsMax = 100;

interface Wait {
	readonly turnId: TurnId;
	readonly seq: number;
	readonly endsAt: number;
	resolve(events: LoggedEvent[]): void;
}

/** Follows logs that other processes write. */
export interface RemoteLogs {
	/** The events after `seq` as soon as there are some; none after 2 s, at the signal, or while storage is away. */
	next(turnId: TurnId, seq: number, signal: AbortSignal | undefined): Promise<LoggedEvent[]>;
}

/**
 * One poll for a whole process, however many readers it serves. The table is the truth and 60 ms is soon enough: a
 * notification for every batch would make the commits of all instances wait for one another.
 */
export function createRemoteLogs(sql: Sql): RemoteLogs {
	const waits = new Set<Wait>();
	let isPolling = false;

	async function poll(): Promise<void> {
		const asked = [...waits];
		const found = await readAfter(sql, asked).catch(() => null);
		const now = performance.now();
		for (const wait of asked) {
			const events = found?.get(toKey(wait)) ?? [];
			if (events.length > 0 || now >= wait.endsAt) wait.resolve(events);
		}
		if (waits.size > 0) setTimeout(() => void poll(), pollIntervalMs);
		else isPolling = false;
	}

	return {
		async next(turnId, seq, signal) {
			if (signal?.aborted) return [];
			const { promise, resolve } = Promise.withResolvers<LoggedEvent[]>();
			const wait: Wait = { turnId, seq, endsAt: performance.now() + waitMsMax, resolve };
			const leave = () => resolve([]);
			signal?.addEventListener("abort", leave, { once: true });
			waits.add(wait);
			if (!isPolling) {
				isPolling = true;
				void poll();
			}
			return await promise.finally(() => {
				waits.delete(wait);
				signal?.removeEventListener("abort", leave);
			});
		},
	};
}

const toKey = ({ turnId, seq }: { turnId: TurnId; seq: number }) => `${turnId}.${seq}`;

/** For each place asked for, the events after it. Readers at the same place share their rows. */
async function readAfter(sql: Sql, places: readonly Wait[]): Promise<Map<string, LoggedEvent[]>> {
	const distinct = new Map(places.map((place) => [toKey(place), place]));
	const turnIds = [...distinct.values()].map(({ turnId }) => turnId);
	const seqs = [...distinct.values()].map(({ seq }) => seq);
	const rows = await sql<(LoggedEvent & { turnId: TurnId; after: number })[]>`
		select given.turn_id as "turnId", given.after, later.epoch, later.seq, later.event
		from unnest(${turnIds}::uuid[], ${seqs}::int[]) as given (turn_id, after)
		cross join lateral (
			select epoch, seq, event from turn_events
			where turn_events.turn_id = given.turn_id and turn_events.seq > given.after
			order by seq limit ${eventsMax}
		) as later
		order by given.turn_id, given.after, later.seq`;
	const found = new Map<string, LoggedEvent[]>();
	for (const { turnId, after, epoch, seq, event } of rows) {
		const key = toKey({ turnId, seq: after });
		const events = found.get(key) ?? [];
		events.push({ epoch, seq, event });
		found.set(key, events);
	}
	return found;
}
