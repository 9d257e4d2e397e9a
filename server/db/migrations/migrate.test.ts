import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { migrateDatabase } from "./migrate.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db.drop());

describe("migrateDatabase", () => {
	it("applies everything once when several processes ask at the same time", async () => {
		await db.sql`drop schema public cascade`;
		await db.sql`drop schema drizzle cascade`;
		await db.sql`create schema public`;
		const results = await Promise.all([migrateDatabase(db), migrateDatabase(db), migrateDatabase(db)]);
		const counts = results.map(({ applied }) => applied).sort();
		expect(counts.slice(0, 2)).toEqual([0, 0]);
		expect(counts[2]).toBeGreaterThan(0);
		expect(await db.sql`select count(*)::int as count from users`).toEqual([{ count: 0 }]);
	});

	it("waits longer than a statement of the product may, and leaves no connection behind", async () => {
		const held = await db.sql.reserve();
		await held`select pg_advisory_lock(123563833845113)`;
		const waiting = migrateDatabase(db);
		setTimeout(() => held`select pg_advisory_unlock_all()`.then(() => held.release()), 6_500);
		expect(await waiting).toMatchObject({ applied: 0 });
		const count = () => db.sql`
			select count(*)::int as count from pg_locks where locktype = 'advisory' and database =
				(select oid from pg_database where datname = current_database())`;
		expect(await count()).toEqual([{ count: 0 }]);
	});

	it("refuses a database that a newer version made, and changes nothing", async () => {
		await db.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)`;
		await expect(migrateDatabase(db)).rejects.toMatchObject({
			code: "conflict",
			details: { reason: "newer_schema" },
		});
		await db.sql`delete from drizzle.__drizzle_migrations where hash = 'later'`;
		expect(await migrateDatabase(db)).toMatchObject({ applied: 0 });
	});
});
