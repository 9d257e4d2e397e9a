import type { Sql } from "postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createBlankDatabase, type TestDatabase } from "../../testing/database.ts";
import { isIndexBuild } from "./build-indexes.ts";
import { applyMigration, ensureMigrationTable, migrateDatabase, readMigrations } from "./migrate.ts";

/** The last migration of the release before: people upgrade from there. */
const releasedCount = 12;
/** What a migration may keep a writer waiting; the product's own statements give up after two seconds. */
const waitMsMax = 1_000;
const conversations = 2_000;

let db: TestDatabase;
beforeAll(async () => {
	db = await createBlankDatabase();
	await ensureMigrationTable(db.sql);
	for (const migration of readMigrations().slice(0, releasedCount)) await applyMigration(db.sql, migration);
	await fill(db);
}, 120_000);
afterAll(() => db?.drop());

async function fill({ sql }: TestDatabase): Promise<void> {
	await sql`insert into users (id, email, name, role) values (gen_random_uuid(), 'ada@example.com', 'Ada', 'user')`;
	await sql`
		insert into threads (id, user_id, title, active_leaf_id)
		select gen_random_uuid(), users.id, 'a title ' || number, gen_random_uuid()
		from users, generate_series(1, ${conversations}) as number`;
	await sql`
		insert into messages (id, thread_id, parent_id, role, text)
		select gen_random_uuid(), threads.id, null, 'user', repeat('word ' || number || ' ', 20)
		from threads, generate_series(1, 5) as number`;
	await sql`
		insert into turns (id, user_id, thread_id, user_message_id, assistant_message_id, client_message_id, request_hash,
			branch_point_id, requested_model, status, lease_owner, lease_expires_at)
		select distinct on (thread_id) gen_random_uuid(), user_id, thread_id, messages.id, messages.id, messages.id::text, 'hash',
			messages.id, 'auto', 'running', 'the release before', now()
		from messages join threads on threads.id = thread_id`;
}

/** Writes as a process of the release before: a message, its conversation and its turn in one transaction. */
async function writeOnce({ sql }: TestDatabase): Promise<number> {
	const startedAt = performance.now();
	await sql.begin(async (tx) => {
		const [turn] = await tx`select id, thread_id as "threadId" from turns order by random() limit 1`;
		await tx`update threads set active_at = now() where id = ${turn?.threadId}`;
		await tx`
			insert into messages (id, thread_id, parent_id, role, text)
			values (gen_random_uuid(), ${turn?.threadId}, null, 'user', 'one more')`;
		await tx`update turns set lease_expires_at = now() where id = ${turn?.id}`;
	});
	return performance.now() - startedAt;
}

it("a database is upgraded while the release before writes: no write fails, none waits longer than a lock may", async () => {
	let isUpgraded = false;
	const tookMs: number[] = [];
	const write = async () => {
		while (!isUpgraded) tookMs.push(await writeOnce(db));
	};
	// A migration meets a reader that keeps its lock for longer than it waits at a time: it steps back, and tries again.
	const reading = db.sql.begin(async (tx) => {
		await tx`select from turns limit 1`;
		await tx`select pg_sleep(1.5)`;
	});
	const upgrading = migrateDatabase(db).finally(() => {
		isUpgraded = true;
	});
	const [{ applied }] = await Promise.all([upgrading, reading, write(), write()]);
	expect(applied).toBe(readMigrations().length - releasedCount);
	expect(tookMs.length).toBeGreaterThan(20);
	const longestMs = Math.round(Math.max(...tookMs));
	console.log(`${tookMs.length} writes during the upgrade, the longest ${longestMs} ms`);
	expect(longestMs).toBeLessThan(waitMsMax);
	const [row] = await db.sql`select count(*)::int as count from messages where text = 'one more'`;
	expect(row).toEqual({ count: tookMs.length });
}, 120_000);

/** Tables that are written while people are answered: two of them locked together would wait for each other and for writers. */
const busyTables = [
	"users",
	"plans",
	"threads",
	"messages",
	"turns",
	"turn_events",
	"model_calls",
	"quota_buckets",
];

it("no migration since the release locks two tables that are written while people are answered", async () => {
	const blank = await createBlankDatabase();
	try {
		await ensureMigrationTable(blank.sql);
		for (const [index, migration] of readMigrations().entries()) {
			const locked = await blank.sql.begin(async (tx) => {
				await applyMigration(tx as unknown as Sql, migration);
				return await tx<{ name: string }[]>`
					select distinct relname as name from pg_locks join pg_class on pg_class.oid = relation
					where pid = pg_backend_pid() and relname = any(${busyTables})
						and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`;
			});
			if (index >= releasedCount && !isIndexBuild(migration))
				expect(locked.length, migration.sql.join("\n")).toBeLessThan(2);
		}
	} finally {
		await blank.drop();
	}
}, 120_000);
