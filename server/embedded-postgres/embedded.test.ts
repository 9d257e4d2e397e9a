import { spawn } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectDatabase } from "../db/connection/connect.ts";
import { toStorageError } from "../db/index.ts";
import { type EmbeddedInput, startEmbeddedDatabase } from "./embedded.ts";

/** Closed to other users, as below `mktemp -d`: when this runs as root, PostgreSQL's own user cannot enter it. */
let dataDir: string;
beforeAll(async () => {
	dataDir = await mkdtemp(join(tmpdir(), "parley-embedded-"));
	await chmod(dataDir, 0o700);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const start = (input: Partial<EmbeddedInput> = {}) =>
	startEmbeddedDatabase({ dataDir, role: "tool", ...input });
const readPid = async () =>
	Number((await readFile(join(dataDir, "pg", "postmaster.pid"), "utf8")).split("\n")[0]);
const isRunning = async () => (await readdir(join(dataDir, "pg"))).includes("postmaster.pid");

async function query(url: string, statement: string) {
	const db = connectDatabase({ url, poolMax: 1, applicationName: "test" });
	try {
		return await db.sql.unsafe(statement);
	} finally {
		await db.close();
	}
}

/** Creating a database waits for the disk, and two busy cores share it. */
describe("startEmbeddedDatabase", { timeout: 60_000 }, () => {
	it("creates one database when several processes begin at once, and the last one to leave stops it", async () => {
		const all = await Promise.all([start(), start(), start()]);
		expect(new Set(all.map(({ url }) => url)).size).toBe(1);
		const [first] = all;
		await query(first?.url ?? "", "create table kept (word text)");
		await query(first?.url ?? "", "insert into kept values ('here')");
		for (const { stop } of all) {
			expect(await isRunning()).toBe(true);
			await stop();
		}
		expect(await isRunning()).toBe(false);
		expect((await readdir(dataDir)).sort()).toEqual(["pg", "pg.log", "secrets.json"]);
	});

	it("keeps what was written, writes it to disk, and listens on this machine only", async () => {
		const embedded = await start();
		expect(await query(embedded.url, "select word from kept")).toEqual([{ word: "here" }]);
		const [settings] = await query(
			embedded.url,
			`select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
				current_setting('listen_addresses') as listen, current_setting('server_encoding') as encoding`,
		);
		expect(settings).toEqual({ fsync: "on", commit: "on", listen: "127.0.0.1", encoding: "UTF8" });
		const wrong = new URL(embedded.url);
		wrong.password = "guess";
		await expect(query(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
		expect((await stat(join(dataDir, "pg"))).mode & 0o777).toBe(0o700);
		await embedded.stop();
	});

	it("works as a role that is no superuser and owns everything, also what an older version created", async () => {
		const embedded = await start();
		await query(embedded.url, "create table own (id serial primary key, word text)");
		const superuser = new URL(embedded.adminUrl);
		superuser.pathname = "/parley";
		const old = `
			create schema drizzle; create table drizzle.old (id serial primary key, at timestamptz default now());
			create domain old_name as text; create type old_state as enum ('a'); create sequence old_numbers;
			create function old_function(n int) returns int language sql as 'select n';
			create view old_view as select 1 as one; create materialized view old_copy as select 2 as two;
			create table old_parts (id int) partition by range (id); create table old_part partition of old_parts default;
			create extension if not exists plpgsql`;
		await query(superuser.href, old);
		await embedded.stop();
		const again = await start();
		const [role] = await query(
			again.url,
			"select rolsuper or rolcreatedb or rolcreaterole or rolbypassrls as powerful from pg_roles where rolname = current_user",
		);
		expect(role).toEqual({ powerful: false });
		const owners = await query(
			again.url,
			`select distinct pg_get_userbyid(owner) as owner from (
				select relowner as owner from pg_class where relnamespace in ('public'::regnamespace, 'drizzle'::regnamespace)
				union all select proowner from pg_proc where pronamespace = 'public'::regnamespace
				union all select typowner from pg_type where typnamespace in ('public'::regnamespace, 'drizzle'::regnamespace)
				union all select nspowner from pg_namespace where nspname = 'drizzle'
				union all select datdba from pg_database where datname = 'parley') as owned`,
		);
		expect(owners).toEqual([{ owner: "parley_app" }]);
		await expect(query(again.url, "copy (select 1) to program 'true'")).rejects.toMatchObject({
			code: "42501",
		});
		await again.stop();
	});

	it("is reached by a socket in its own folder, or by TCP where a path is too long for one", async () => {
		const embedded = await start();
		const how = "select inet_server_addr() is null as by_socket";
		expect(await query(embedded.url, how)).toEqual([{ by_socket: process.platform !== "win32" }]);
		expect(await query(embedded.url.split("?")[0] ?? "", how)).toEqual([{ by_socket: false }]);
		await embedded.stop();
		await expect(query(embedded.url, how)).rejects.toSatisfy(
			(error) => (toStorageError(error) as { code?: string }).code === "storage_unavailable",
		);
		const deep = join(dataDir, "a-folder-with-a-long-name-".repeat(4));
		const long = await startEmbeddedDatabase({ dataDir: deep, role: "tool" });
		expect(await query(long.url, how)).toEqual([{ by_socket: false }]);
		await long.stop();
		await rm(deep, { recursive: true });
	});

	it("lets tools in beside a server, but no second server", async () => {
		const server = await start({ role: "server" });
		await expect(start({ role: "server" })).rejects.toMatchObject({
			code: "conflict",
			details: { reason: "data_dir_in_use" },
		});
		const tool = await start();
		expect(tool.url).toBe(server.url);
		await tool.stop();
		expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
		await server.stop();
		expect(await isRunning()).toBe(false);
	});

	it("adopts what a killed process left running, and loses nothing that was acknowledged", async () => {
		const program = `
			import { startEmbeddedDatabase } from ${JSON.stringify(import.meta.resolve("./index.ts"))};
			import { connectDatabase } from ${JSON.stringify(import.meta.resolve("../db/index.ts"))};
			const { url } = await startEmbeddedDatabase({ dataDir: ${JSON.stringify(dataDir)} });
			const { sql } = connectDatabase({ url, poolMax: 1, applicationName: "killed" });
			await sql\`insert into kept values ('acknowledged')\`;
			process.stdout.write("written");
			setInterval(() => undefined, 1000);`;
		const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		const exited = new Promise((resolve) => child.once("exit", resolve));
		await new Promise((resolve) => child.stdout.once("data", resolve));
		const pid = await readPid();
		child.kill("SIGKILL");
		await exited;
		const server = await start({ role: "server" });
		expect(await readPid()).toBe(pid);
		expect(await query(server.url, "select word from kept order by word")).toEqual([
			{ word: "acknowledged" },
			{ word: "here" },
		]);
		await server.stop();
	});

	it("starts PostgreSQL again at the same address when it dies under a running server", async () => {
		const server = await start({ role: "server" });
		const pid = await readPid();
		process.kill(pid, "SIGKILL");
		const deadline = performance.now() + 15_000;
		let answer: unknown = null;
		while (answer === null && performance.now() < deadline) {
			await sleep(100);
			answer = await query(server.url, "select count(*)::int as count from kept").catch(() => null);
		}
		expect(answer).toEqual([{ count: 2 }]);
		expect(await readPid()).not.toBe(pid);
		await server.stop();
		expect(await isRunning()).toBe(false);
	});

	it("does not mistake another program for its database after process ids were given out again", async () => {
		const lines = [process.pid, join(dataDir, "pg"), 1, 5432, "", "127.0.0.1", "1 1", "ready   ", ""];
		await writeFile(join(dataDir, "pg", "postmaster.pid"), lines.join("\n"));
		const embedded = await start();
		expect(await query(embedded.url, "select 1 as one")).toEqual([{ one: 1 }]);
		await embedded.stop();
	});
});
