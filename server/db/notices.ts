import type { Notices } from "../kernel/notices.ts";
import type { Database } from "./connection/connect.ts";

const channel = "parley";
/** Notices of this period are sent together: each notifying commit in the whole database waits for the one before. */
const gatherMs = 15;
/** PostgreSQL's limit for one notice is 8,000 bytes. */
const bodyBytesMax = 7_500;

interface Notice {
	readonly from: string;
	readonly topic: string;
	readonly body: unknown;
}

/**
 * Sends and receives notices by NOTIFY and LISTEN, until `close`.
 *
 * @param origin the name of this process; it does not receive its own notices.
 * @throws the driver's error when LISTEN fails.
 */
export async function createNotices(db: Pick<Database, "sql" | "session">, origin: string): Promise<Notices> {
	const listeners = new Map<string, ((body: unknown) => void)[]>();
	const gapListeners: (() => void)[] = [];
	let waiting: string[] = [];
	let isFirst = true;

	async function flush() {
		const texts = waiting;
		waiting = [];
		await db.sql`select pg_notify(${channel}, given) from unnest(${texts}::text[]) as given`.catch(() => {
			// A notice is a hint: receivers read the tables anyway.
		});
	}
	function receive(text: string) {
		const { from, topic, body }: Notice = JSON.parse(text);
		if (from === origin) return;
		for (const listener of listeners.get(topic) ?? []) listener(body);
	}
	const listening = await db.session.listen(channel, receive, () => {
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
