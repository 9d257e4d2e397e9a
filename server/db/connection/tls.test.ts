import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startChaosProxy } from "../../testing/servers/chaos-proxy.ts";
import { hasOpenssl, startTlsPostgres, type TlsPostgres } from "../../testing/servers/tls-postgres.ts";
import { migrateDatabase } from "../migrations/migrate.ts";
import { connectDatabase, type Database } from "./connect.ts";
import { toStorageError } from "./storage-error.ts";

let server: TlsPostgres;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
	if (hasOpenssl()) server = await startTlsPostgres();
});
afterAll(async () => {
	for (const each of open) await each.close();
	await server?.close();
});

function connect(url: URL, parameters: string): Database {
	const db = connectDatabase({ url: `${url.href}?${parameters}`, poolMax: 2, applicationName: "tls test" });
	open.push(db);
	return db;
}

/** Null for a statement that was carried out. */
const failureOf = (statement: PromiseLike<unknown>) => statement.then(() => null, toStorageError);
const verified = () => `sslmode=verify-full&sslrootcert=${encodeURIComponent(server.certificate)}`;
const encryption = ({ sql }: Database) => sql<{ ssl: boolean }[]>`
	select ssl from pg_stat_ssl where pid = pg_backend_pid()`;

async function connectThroughProxy() {
	const url = new URL(server.url);
	const proxy = await startChaosProxy({ target: { host: url.hostname, port: Number(url.port) } });
	url.port = String(proxy.port);
	open.push(proxy);
	return { proxy, pool: connect(url, verified()) };
}

describe.skipIf(!hasOpenssl())("a database over TLS", () => {
	it.each([
		["sslmode=disable", false],
		["sslmode=prefer", true],
		["sslmode=require", true],
		["sslmode=verify-ca", true],
		["sslmode=verify-full", true],
	])("is reached with %s, encrypted: %s", async (mode, isEncrypted) => {
		const root = mode.includes("verify") ? `&sslrootcert=${encodeURIComponent(server.certificate)}` : "";
		const db = connect(new URL(server.url), mode + root);
		expect(await encryption(db)).toEqual([{ ssl: isEncrypted }]);
		expect(await db.sql`select ${1}::int as one, ${"ü"}::text as text`).toEqual([{ one: 1, text: "ü" }]);
	});

	it("accepts another host's certificate with verify-ca, and refuses it with verify-full", async () => {
		const url = new URL(server.url);
		url.hostname = "localhost";
		const root = `sslrootcert=${encodeURIComponent(server.certificate)}`;
		expect(await encryption(connect(url, `sslmode=verify-ca&${root}`))).toEqual([{ ssl: true }]);
		await expect(migrateDatabase(connect(url, verified()))).rejects.toThrow(/certificate .* another host/);
	});

	it("says what to do about an unknown authority, and about a server without TLS", async () => {
		const unknown = connect(new URL(server.url), "sslmode=verify-full");
		await expect(migrateDatabase(unknown)).rejects.toThrow(/unknown authority.*sslrootcert/);
		const plain = new URL(inject("databaseUrl"));
		if (plain.search) return;
		await expect(migrateDatabase(connect(plain, "sslmode=require"))).rejects.toThrow(/does not offer TLS/);
		expect(await encryption(connect(plain, "sslmode=prefer"))).toEqual([{ ssl: false }]);
	});

	it("gives up on a server that never answers the request for TLS", async () => {
		const silent = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
		await once(silent, "listening");
		const { port } = silent.address() as AddressInfo;
		const startedAt = performance.now();
		const pool = connect(new URL(`postgres://parley@127.0.0.1:${port}/parley`), "sslmode=require");
		expect(await failureOf(pool.sql`select 1`)).toMatchObject({ code: "storage_unavailable" });
		expect(performance.now() - startedAt).toBeLessThan(5_000);
		silent.close();
	});

	it("fails statements that nothing comes back for within 6 s, and works again afterwards", async () => {
		const { proxy, pool } = await connectThroughProxy();
		await Promise.all([pool.sql`select pg_sleep(0.1)`, pool.sql`select pg_sleep(0.1)`]);
		proxy.set({ isBlackHole: true });
		const startedAt = performance.now();
		const first = failureOf(pool.sql`select ${1}::int`);
		const others = Array.from({ length: 20 }, () => failureOf(pool.sql`select ${1}::int`));
		expect(await first).toMatchObject({ code: "storage_unavailable" });
		expect(performance.now() - startedAt).toBeLessThan(7_000);
		for (const failure of await Promise.all(others))
			expect(failure).toMatchObject({ code: "storage_unavailable" });
		proxy.set({ isBlackHole: false });
		await expect.poll(() => failureOf(pool.sql`select 1`), { timeout: 8_000 }).toBeNull();
	});

	it("survives the loss of its connections at any instant", async () => {
		const { proxy, pool } = await connectThroughProxy();
		await pool.sql`select 1`;
		const failures: unknown[] = [];
		let isOver = false;
		const work = Array.from({ length: 10 }, async (_, index) => {
			while (!isOver) {
				const transaction = () => pool.sql.begin(async (tx) => await tx`select ${index}::int`);
				failures.push(await failureOf(index % 2 ? transaction() : pool.sql`select ${index}::int`));
				await sleep(1);
			}
		});
		for (const until = performance.now() + 2_000; performance.now() < until; await sleep(20))
			proxy.resetAll();
		isOver = true;
		await Promise.all(work);
		expect(failures.filter(Boolean).length).toBeGreaterThan(5);
		for (const failure of failures)
			if (failure) expect(failure).toMatchObject({ code: "storage_unavailable" });
		await expect.poll(() => failureOf(pool.sql`select 1`), { timeout: 5_000 }).toBeNull();
	});

	it("leaves a slow answer alone", async () => {
		const { proxy, pool } = await connectThroughProxy();
		await pool.sql`select 1`;
		proxy.set({ bytesPerSecond: 10_000 });
		expect(await pool.sql`select repeat('x', 70000) as text`).toEqual([{ text: "x".repeat(70_000) }]);
	});
});
