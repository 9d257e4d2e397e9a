import { setTimeout as sleep } from "node:timers/promises";
import { sql as drizzleSql } from "drizzle-orm";
import type { TransactionSql } from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { turnEvents } from "../../../drizzle/schema/index.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { startChaosProxy } from "../../testing/servers/chaos-proxy.ts";
import { migrateDatabase } from "../migrations/migrate.ts";
import { connectDatabase } from "./connect.ts";
import { toStorageError } from "./storage-error.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db.drop());

/** Past any pooler, whose own connections would hide what these tests look at. */
const serverUrl = () => db.directUrl ?? db.url;
const connect = (url: string) => connectDatabase({ url, poolMax: 2, applicationName: "test" });

async function connectThroughProxy() {
	const url = new URL(serverUrl());
	const target = { host: url.hostname, port: Number(url.port || 5432) };
	const proxy = await startChaosProxy({ target });
	[url.hostname, url.port] = ["127.0.0.1", String(proxy.port)];
	return { proxy, pool: connect(url.href) };
}

/** Null for a statement that was carried out. */
const failureOf = (statement: PromiseLike<unknown>) => statement.then(() => null, toStorageError);

describe("connectDatabase", () => {
	it("reads and writes dates and JSON alike through written statements and through Drizzle", async () => {
		const at = new Date("2026-11-23T10:00:00.123Z");
		const value = { text: 'a "quoted" line\n', list: [1, null] };
		const [written] = await db.sql`select ${at}::timestamptz as at, ${db.sql.json(value)}::json as value`;
		expect(written).toEqual({ at, value });
		const [asText] = await db.sql`select ${JSON.stringify("a string")}::json as value`;
		expect(asText).toEqual({ value: "a string" });
		const selected = db.orm.select({ type: drizzleSql`pg_typeof(${turnEvents.event})` }).from(turnEvents);
		expect(await selected).toEqual([]);
	});

	it("ends a statement that takes too long, and a wait for a lock sooner", async () => {
		const [limits] = await db.sql`
			select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
				current_setting('synchronous_commit') as commit, current_setting('fsync') as fsync`;
		expect(limits).toEqual({ statement: "5s", lock: "2s", commit: "on", fsync: "on" });
	});

	it("works again by itself after its connections were cut", async () => {
		const cut = connect(serverUrl());
		await cut.sql`select 1`;
		await db.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test'`;
		await cut.sql`select 1`.catch(() => undefined);
		expect(await cut.sql`select 1 as one`).toEqual([{ one: 1 }]);
		await cut.close();
	});

	it("gives up on a proxy that accepts and closes, instead of trying for ever", async () => {
		const { proxy, pool } = await connectThroughProxy();
		proxy.set({ isHangingUp: true });
		expect(await failureOf(pool.sql`select 1`)).toMatchObject({ code: "storage_unavailable" });
		await pool.close();
		await proxy.close();
	});

	it("fails statements that nothing comes back for, and those behind them, and works again afterwards", async () => {
		const { proxy, pool } = await connectThroughProxy();
		await Promise.all([pool.sql`select pg_sleep(0.1)`, pool.sql`select pg_sleep(0.1)`]);
		proxy.set({ isBlackHole: true });
		const startedAt = performance.now();
		const failures = await Promise.all(
			Array.from({ length: 30 }, () => failureOf(pool.sql`select ${1}::int`)),
		);
		expect(performance.now() - startedAt).toBeLessThan(11_000);
		for (const failure of failures) expect(failure).toMatchObject({ code: "storage_unavailable" });
		proxy.set({ isBlackHole: false });
		await expect.poll(() => failureOf(pool.sql`select 1`), { timeout: 5_000 }).toBeNull();
		await pool.close();
		await proxy.close();
	});

	it("leaves an idle connection and a slow answer alone", async () => {
		const { proxy, pool } = await connectThroughProxy();
		const pids = async () => {
			const asked = Array.from({ length: 2 }, () => pool.sql`select pg_backend_pid() as pid, pg_sleep(0.1)`);
			return (await Promise.all(asked)).map(([row]) => row?.pid).sort();
		};
		const before = await pids();
		// Seven seconds of answer on one connection, of silence on the other.
		proxy.set({ bytesPerSecond: 10_000 });
		expect(await pool.sql`select repeat('x', 70000) as text`).toEqual([{ text: "x".repeat(70_000) }]);
		proxy.set({ bytesPerSecond: Number.POSITIVE_INFINITY });
		expect(await pids()).toEqual(before);
		await pool.close();
		await proxy.close();
	});

	it("survives the loss of its connections at any instant, in a transaction or not", async () => {
		const { proxy, pool } = await connectThroughProxy();
		await pool.sql`select 1`;
		const failures: unknown[] = [];
		let isOver = false;
		const transact = async (tx: TransactionSql) => {
			await tx`select ${1}::int`;
			await tx`select pg_sleep(0.003)`;
		};
		const work = Array.from({ length: 20 }, async (_, index) => {
			while (!isOver) {
				const statement = pool.sql`select ${index}::int`;
				failures.push(await failureOf(index % 2 ? pool.sql.begin(transact) : statement));
				await sleep(1);
			}
		});
		for (const until = performance.now() + 3_000; performance.now() < until; await sleep(15)) {
			if (Math.random() < 0.5) proxy.resetAll();
			else
				await db.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test'`;
		}
		isOver = true;
		await Promise.all(work);
		expect(failures.filter(Boolean).length).toBeGreaterThan(10);
		for (const failure of failures)
			if (failure) expect(failure).toMatchObject({ code: "storage_unavailable" });
		await expect
			.poll(() => Promise.all(Array.from({ length: 50 }, () => failureOf(pool.sql`select 1`))), {
				timeout: 5_000,
			})
			.toEqual(Array(50).fill(null));
		await pool.close();
		await proxy.close();
	}, 30_000);

	it("comes back also when the listening connection came back first, and when that one alone went on", async () => {
		const { proxy, pool } = await connectThroughProxy();
		let listens = 0;
		await pool.sql.listen(
			"channel",
			() => undefined,
			() => listens++,
		);
		await pool.sql`select 1`;
		const failTimes = async (times: number) => {
			for (let failed = 0; failed < times; await sleep(100))
				if (await failureOf(pool.sql`select 1`)) failed++;
		};
		proxy.set({ isRefusing: true });
		proxy.resetAll();
		await failTimes(5);
		proxy.set({ isRefusing: false });
		await expect.poll(() => listens).toBe(2);
		await expect.poll(() => failureOf(pool.sql`select 1`)).toBeNull();
		proxy.set({ isRefusing: true });
		await db.sql`select pg_terminate_backend(pid) from pg_stat_activity
			where application_name = 'test' and query not like 'listen%'`;
		await failTimes(5);
		proxy.set({ isRefusing: false });
		await expect.poll(() => failureOf(pool.sql`select 1`)).toBeNull();
		expect(listens).toBe(2);
		await pool.close();
		await proxy.close();
	});

	it("has a typed error for a statement that finds no connection left on the server", async () => {
		const role = `limited_${crypto.randomUUID().slice(0, 8)}`;
		await db.sql.unsafe(`create role ${role} login password '${role}' connection limit 1`);
		const url = new URL(serverUrl());
		[url.username, url.password] = [role, role];
		const pool = connect(url.href);
		const both = () =>
			Promise.all([failureOf(pool.sql`select pg_sleep(0.3)`), failureOf(pool.sql`select pg_sleep(0.3)`)]);
		// Two that come at the same instant may see one another and both be refused.
		const failures = (await both()).filter(Boolean);
		expect(failures.length).toBeGreaterThan(0);
		for (const failure of failures) expect(failure).toMatchObject({ code: "storage_unavailable" });
		await db.sql.unsafe(`alter role ${role} connection limit 2`);
		await expect.poll(both, { timeout: 10_000 }).toEqual([null, null]);
		await pool.close();
		await db.sql.unsafe(`drop role ${role}`);
	});

	it.each([
		["a server that is not there", (url: URL) => (url.port = "1"), /does not answer \(ECONNREFUSED\)/],
		[
			"a database that is not there",
			(url: URL) => (url.pathname = "/nowhere"),
			/There is no database "nowhere"/,
		],
	])("says at the first contact with %s what to do, without the password", async (_, change, words) => {
		const url = new URL(serverUrl());
		change(url);
		const dead = connect(url.href);
		const error = await migrateDatabase(dead).then(
			() => null,
			(reason: unknown) => reason,
		);
		await dead.close();
		expect(error).toMatchObject({ code: "storage_unavailable", message: expect.stringMatching(words) });
		expect(String(error)).not.toContain(url.password || "hidden");
	});
});
