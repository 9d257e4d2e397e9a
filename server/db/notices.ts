import type { Sql } from "postgres";
import type { Notices } from "../kernel/notices.ts";

const channel = "parley";
/** Notices of this long are sent together: each notifying commit waits for the one before, in the whole database. */
const gatherMs = 15;
/** PostgreSQL's limit for one notice is 8,000 bytes. */
const bodyBytesMax = 7_500;

interface Notice {
	readonly from: string;
	readonly topic: string;
	readonly body: unknown;
}

/** @param origin this process's name; it does not hear itself. */
export async function createNotices(sql: Sql, origin: string): Promise<Notices> {
	const listeners = new Map<string, ((body: unknown) => void)[]>();
	const gapListeners: (() => void)[] = [];
	let waiting: string[] = [];
	let isFirst = true;

	async function flush() {
		const texts = waiting;
		waiting = [];
		await sql`select pg_notify(${channel}, given) from unnest(${texts}::text[]) as given`.catch(() => {
			// A hint that storage did not take: those who wait for it look at the tables anyway.
		});
	}
	function hear(text: string) {
		const { from, topic, body }: Notice = JSON.parse(text);
		if (from === origin) return;
		for (const listener of listeners.get(topic) ?? []) listener(body);
	}
	const listening = await sql.listen(channel, hear, () => {
		if (!isFirst) for (const listener of gapListeners) listener();
		isFirst = false;
	});

	return {
		send(topic, body) {
			const text = JSON.stringify({ from: origin, topic, body } satisfies Notice);
			if (Buffer.byteLength(text) > bodyBytesMax) return;
			if (waiting.push(text) === 1) setTimeout(() => void flush(), gatherMs).unref();
		},
		on(topic, listener) {
			listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
		},
		onGap: (listener) => void gapListeners.push(listener),
		async close() {
			if (waiting.length > 0) await flush();
			await listening.unlisten().catch(() => undefined);
		},
	};
}
