/** For tests: a Parley behind a faulty way to its database, and a person who does not give up. */
import { setTimeout as sleep } from "node:timers/promises";
import { TRPCClientError } from "@trpc/client";
import { expect } from "vitest";
import { foldEvents } from "../contract/fold.ts";
import type { TurnEvent } from "../contract/turn.ts";
import { connectDatabase } from "../db/index.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { fetchUntilCut, parseWholeEvents } from "./event-stream-reader.ts";
import { startTestParley } from "./parley.ts";
import { startChaosProxy } from "./servers/chaos-proxy.ts";

const applicationName = "parley behind chaos";
export const poolMax = 4;
/** What storage that is back may take to be used again. */
export const recoveryMsMax = 5_000;

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** @param given a database of the caller's own; else one is made for this stage. */
export async function openStage(given?: TestDatabase) {
	const db = given ?? (await createTestDatabase());
	// Past any pooler, whose own connections to the server would hide what the pool has.
	const serverUrl = db.directUrl ?? db.url;
	const { hostname: host, port } = new URL(serverUrl);
	const proxy = await startChaosProxy({ target: { host, port: Number(port || 5432) } });
	const connectThrough = (): TestDatabase => {
		const url = new URL(serverUrl);
		// An embedded server's Unix socket would lead past the proxy.
		url.searchParams.delete("host");
		[url.hostname, url.port] = ["127.0.0.1", String(proxy.port)];
		const through = connectDatabase({ url: url.href, poolMax, applicationName });
		return { ...through, url: url.href, directUrl: null, drop: () => through.close() };
	};
	// The default lease: a short one lapses while storage is away, and another owner would take the turn over.
	const parley = await startTestParley({
		db: connectThrough(),
		env: { PARLEY_LEASE_MS: "20000", PARLEY_DATABASE_POOL: String(poolMax) },
	});
	const person = await parley.signIn();
	return {
		/** Past all faults. */
		db,
		proxy,
		parley,
		person,
		connectThrough,
		send: (text: string, clientMessageId: string = crypto.randomUUID(), threadId?: string) =>
			person.client.chat.send.mutate({ clientMessageId, text, threadId }),
		read: (turnId: string) => readToEnd(`${parley.url}/api/trpc/chat.follow`, person.headers, turnId),
		/** What the pool has on the server, past all faults; `inTransaction` does nothing in one. */
		async countConnections() {
			const [row] = await db.sql<{ all: number; inTransaction: number }[]>`
				select count(*)::int as all, count(*) filter (where state like 'idle in%')::int as "inTransaction"
				from pg_stat_activity where application_name = ${applicationName} and datname = current_database()`;
			return row ?? { all: 0, inTransaction: 0 };
		},
		terminateBackends: () => db.sql`
			select pg_terminate_backend(pid) from pg_stat_activity
			where application_name = ${applicationName} and datname = current_database()`,
		calm: () => proxy.set({ delayMs: 0, isBlackHole: false, isRefusing: false }),
		/** As a server that was stopped. */
		stop() {
			proxy.set({ isRefusing: true });
			proxy.resetAll();
		},
		async close() {
			await parley.close();
			await proxy.close();
			if (!given) await db.drop();
		},
	};
}

/** A prompt that is answered with the same words each time, so many, so many milliseconds apart. */
export const words = (tokens: number, itl: number) => `[[sim tokens=${tokens},itl=${itl},text=words]] go`;

/** How a call ended (`ok` or the code of its error), and how long it took. */
export async function timed(call: Promise<unknown>): Promise<{ code: string; tookMs: number }> {
	const startedAt = performance.now();
	const code = await call.then(
		() => "ok",
		(error: unknown) =>
			error instanceof TRPCClientError ? String(error.data?.parley?.code ?? error.message) : String(error),
	);
	return { code, tookMs: performance.now() - startedAt };
}

/** Calls until storage answers, as the browser does: the same request each time. */
export async function untilStored<Answer>(
	call: () => Promise<Answer>,
	msMax = recoveryMsMax,
): Promise<Answer> {
	const giveUpAt = performance.now() + msMax;
	for (;;) {
		try {
			return await call();
		} catch (error) {
			expect(error).toMatchObject({ data: { parley: { code: "storage_unavailable" } } });
			if (performance.now() > giveUpAt) throw error;
			await sleep(50);
		}
	}
}

interface ReadTurn {
	readonly ids: readonly string[];
	readonly events: readonly TurnEvent[];
	readonly text: string;
}

/** Follows a turn to its end; a stream that storage breaks is taken up again after its last whole event. */
async function readToEnd(url: string, headers: Record<string, string>, turnId: string): Promise<ReadTurn> {
	const ids: string[] = [];
	const events: TurnEvent[] = [];
	const path = `${url}?input=${encodeURIComponent(JSON.stringify({ turnId }))}`;
	for (const giveUpAt = performance.now() + 40_000; performance.now() < giveUpAt; await sleep(100)) {
		const last = ids.at(-1);
		const bytes = await fetchUntilCut(path, {
			headers: { ...headers, ...(last && { "last-event-id": last }) },
			bytesMax: Number.POSITIVE_INFINITY,
		});
		for (const { type, id, data } of parseWholeEvents(bytes))
			if (type === "message") {
				ids.push(id ?? "");
				events.push(JSON.parse(data));
			} else if (type === "serialized-error") expect(data).toContain("storage_unavailable");
		if (events.at(-1)?.type === "turn-end") break;
	}
	return { ids, events, text: foldEvents(events).text };
}

/** A complete turn: every event once, one end; what was shown is what is stored and what the model said. */
export async function expectWhole(
	{ db }: Pick<Stage, "db">,
	{ threadId, turn, text }: { threadId: string; turn: ReadTurn; text: string },
) {
	expect(turn.ids).toEqual(turn.ids.map((_, index) => `1.${index + 1}`));
	expect(turn.events.at(-1)).toMatchObject({ type: "turn-end", status: "complete" });
	expect(turn.text).toBe(text);
	const messages = await db.sql`select text from messages where thread_id = ${threadId} order by id`;
	expect(messages.at(-1)?.text).toBe(text);
}

/** Every connection there is belongs to the pool, or is the one that listens; none is held by a transaction. */
export async function expectNoLeak({ countConnections }: Pick<Stage, "countConnections">) {
	await expect.poll(async () => (await countConnections()).all).toBeLessThanOrEqual(poolMax + 1);
	await expect.poll(async () => (await countConnections()).inTransaction).toBe(0);
}
