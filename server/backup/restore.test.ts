import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUser } from "../auth/index.ts";
import { rebuildSchema } from "../db/index.ts";
import {
	createBlankDatabase,
	createTestDatabase,
	runAsSuperuser,
	type TestDatabase,
} from "../testing/database.ts";
import { startTestParley } from "../testing/parley.ts";
import { createBackup, restoreBackup, verifyBackup } from "./index.ts";
import { alignSequences } from "./tables.ts";

let folder: string;
let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "parley-restore-test-"));
	parley = await startTestParley();
});
afterAll(async () => {
	await parley?.close();
	await rm(folder, { recursive: true, force: true });
});

let files = 0;
const toPath = () => join(folder, `${++files}.backup`);
async function backUp(db: TestDatabase = parley.db, path = toPath()) {
	const { manifest } = await createBackup(db, { path, version: "1.0.0", sealKey: null });
	return { path, manifest };
}
const restoreInto = (db: TestDatabase, path: string, replaces = false) =>
	restoreBackup(db, { path, replaces, sealKey: null, acceptsAnySeal: true });

describe("a restore", () => {
	it("takes every text and time back as it was: the same tables have the same checksums", async () => {
		const person = await parley.signIn();
		const text = "tab\t back\\slash \\. \\N \r\n\\.\n quote' \u2028 😀 end";
		await person.follow(await person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text }));
		const { path, manifest } = await backUp();
		const fresh = await createBlankDatabase();
		try {
			await restoreInto(fresh, path);
			const [row] = await fresh.sql`select text from messages where text like 'tab%'`;
			expect(row?.text).toBe(text);
			// The search reads it again as soon as a server runs.
			const wait = await fresh.sql`
				select from term_queue join messages on subject_id = messages.id where kind = 'message' and text like 'tab%'`;
			expect(wait).toHaveLength(1);
			const again = (await backUp(fresh)).manifest;
			// Sessions, running answers and open links do not come back; the restore itself is in the audit log.
			const isSame = ({ name }: { name: string }) =>
				!["users", "turns", "one_time_links", "audit_log"].includes(name);
			expect(again.tables.filter(isSame)).toEqual(manifest.tables.filter(isSame));
			await expect(fresh.sql`delete from ledger`).rejects.toThrow("never changed or removed");
			const [line] = await fresh.sql`select subject from audit_log where action = 'backup.restore'`;
			expect(line?.subject).toBe(`backup:${manifest.createdAt}`);
		} finally {
			await fresh.drop();
		}
	});

	it("refuses a database that has accounts, unless told to replace them", async () => {
		const { path } = await backUp();
		const other = await createTestDatabase();
		try {
			const guest = { email: "guest@example.com", password: "long enough 1", role: "user" } as const;
			await createUser(other, guest);
			await expect(restoreInto(other, path)).rejects.toThrow(/1 accounts and 0 lines.*--replace/);
			expect(await other.sql`select email from users`).toEqual([{ email: guest.email }]);
			await other.sql`create table somebody_elses (id int)`;
			await restoreInto(other, path, true);
			expect(await other.sql`select from users where email = ${guest.email}`).toHaveLength(0);
			expect(await other.sql`select * from somebody_elses`).toEqual([]);
		} finally {
			await other.drop();
		}
	});

	it("refuses while a server runs, and a file of a newer schema; nothing is changed", async () => {
		const { path } = await backUp();
		const other = await createTestDatabase();
		try {
			await other.sql`set application_name = 'parley'`;
			await expect(restoreInto(other, path, true)).rejects.toMatchObject({
				details: { reason: "server_runs" },
			});
			await other.sql`set application_name = 'parley test'`;
			await other.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', 9999999999999)`;
			await expect(backUp(other)).rejects.toMatchObject({ details: { reason: "newer_schema" } });
		} finally {
			await other.drop();
		}
	});

	it("that fails in the middle leaves everything as it was", async () => {
		const { path } = await backUp();
		const other = await createTestDatabase();
		try {
			const guest = { email: "stays@example.com", password: "long enough 1", role: "user" } as const;
			await createUser(other, guest);
			// The disk is full, as far as this table can tell, once a row is in.
			await other.sql`create sequence rows_written`;
			await other.sql`create function refuse_row() returns trigger language plpgsql as $$
				begin
					if nextval('rows_written') > 1 then raise exception 'no space' using errcode = 'disk_full'; end if;
					return new;
				end $$`;
			await other.sql`create function guard_messages() returns event_trigger language plpgsql as $$
				begin
					if exists (select from pg_event_trigger_ddl_commands() where object_identity = 'public.messages') then
						create trigger full_disk before insert on messages for each row execute function refuse_row();
					end if;
				end $$`;
			await runAsSuperuser(
				other,
				`create event trigger full_disk on ddl_command_end when tag in ('CREATE TABLE')
					execute function guard_messages()`,
			);
			await expect(restoreInto(other, path, true)).rejects.toMatchObject({ code: "storage_unavailable" });
			expect(await other.sql`select email from users`).toEqual([{ email: guest.email }]);
			await runAsSuperuser(other, "drop event trigger full_disk");
			const cut = toPath();
			await writeFile(cut, (await readFile(path)).subarray(0, -200));
			await expect(restoreInto(other, cut, true)).rejects.toMatchObject({ code: "conflict" });
			expect(await other.sql`select email from users`).toEqual([{ email: guest.email }]);
		} finally {
			await other.drop();
		}
	});

	it("of an older schema is migrated on", async () => {
		const old = await createBlankDatabase();
		const fresh = await createBlankDatabase();
		try {
			const [, second] = await parley.db.sql<{ id: string }[]>`
				select created_at as id from drizzle.__drizzle_migrations order by created_at limit 2`;
			await old.sql.begin((tx) => rebuildSchema(tx as unknown as Sql, Number(second?.id)));
			await old.sql`insert into users (id, email, name, role) values (gen_random_uuid(), 'old@example.com', 'O', 'user')`;
			const { path, manifest } = await backUp(old);
			expect(manifest).toMatchObject({ migrationId: Number(second?.id), ledgerNanoUsd: {} });
			expect((await verifyBackup(path, null)).checks).toEqual([]);
			await restoreInto(fresh, path);
			expect(await fresh.sql`select email, plan from users`).toEqual([
				{ email: "old@example.com", plan: "free" },
			]);
			expect((await fresh.sql`select id from plans`).length).toBeGreaterThan(0);
			expect(await fresh.sql`select from ledger`).toEqual([]);
			await expect(
				old.sql.begin((tx) => rebuildSchema(tx as unknown as Sql, Number(second?.id) + 1)),
			).rejects.toMatchObject({ details: { reason: "newer_schema" } });
		} finally {
			await old.drop();
			await fresh.drop();
		}
	});

	it("lets numbers go on where they were", async () => {
		const other = await createBlankDatabase();
		try {
			await other.sql`create table numbered (id int generated always as identity primary key, other serial)`;
			await other.sql`insert into numbered (id, other) overriding system value values (7, 9)`;
			await alignSequences(other.sql, "numbered");
			expect(await other.sql`insert into numbered default values returning id, other`).toEqual([
				{ id: 8, other: 10 },
			]);
		} finally {
			await other.drop();
		}
	});
});
