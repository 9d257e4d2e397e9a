import { setTimeout as sleep } from "node:timers/promises";
import type { LoggedEvent } from "../../../server/contract/turn.ts";
import type { Stage } from "../kit/stage/stage.ts";
import type { Log } from "./evidence.ts";

const everyMs = 500;
/** A turn's end may be committed so much later than its instant says. */
const lateMs = 10_000;

/** The turn logs of a run, read before the product drops them. */
export interface LogArchive {
	/** Reads what is left. Returns all logs, and the turns whose log the database no longer has. */
	end(): Promise<{ logs: ReadonlyMap<string, Log>; compacted: ReadonlySet<string> }>;
}

/** Copies the log of every turn when it has ended; the retention must be some seconds longer than `everyMs`. */
export function startLogArchive({ sql }: Stage): LogArchive {
	const logs = new Map<string, Log>();
	const over = new AbortController();
	let lastEndMs = 0;
	const copyEnded = async () => {
		const ended = await sql<{ id: string; endMs: number }[]>`
			select id, (extract(epoch from ended_at) * 1000)::float8 as "endMs" from turns
			where ended_at > to_timestamp(${(lastEndMs - lateMs) / 1_000}::float8)`;
		const ids = ended.flatMap(({ id }) => (logs.has(id) ? [] : [id]));
		for (const [turnId, log] of await readLogs(sql, ids)) logs.set(turnId, log);
		for (const { endMs } of ended) lastEndMs = Math.max(lastEndMs, endMs);
	};
	const running = (async () => {
		for (; !over.signal.aborted; await sleep(everyMs))
			// While PostgreSQL restarts, nothing is dropped either.
			await copyEnded().catch(() => undefined);
	})();
	return {
		async end() {
			over.abort();
			await running;
			await copyEnded();
			const left = await readLogs(sql, null);
			const compacted = new Set(Array.from(logs.keys()).filter((turnId) => !left.has(turnId)));
			// What is still there is judged as it is now: something may have been appended after the end.
			for (const [turnId, log] of left) logs.set(turnId, log);
			return { logs, compacted };
		},
	};
}

/** The logs of these turns, or of all. */
async function readLogs(sql: Stage["sql"], turnIds: readonly string[] | null): Promise<Map<string, Log>> {
	const logs = new Map<string, LoggedEvent[]>();
	const wanted = JSON.stringify(turnIds ?? []);
	const pages = sql<(LoggedEvent & { turnId: string })[]>`
		select turn_id as "turnId", epoch, seq, event from turn_events
		where ${turnIds === null}::boolean
			or turn_id in (select value::uuid from json_array_elements_text(${wanted}::text::json))
		order by turn_id, seq`.cursor(5_000);
	for await (const page of pages)
		for (const { turnId, epoch, seq, event } of page) {
			const log = logs.get(turnId) ?? [];
			if (log.push({ epoch, seq, event }) === 1) logs.set(turnId, log);
		}
	return logs;
}
