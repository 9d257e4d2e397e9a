import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { buildIndexes, isIndexBuild, toPlainStatement } from "./build-indexes.ts";
import { readMigrations } from "./migrate.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db?.drop());

const creation = 'CREATE UNIQUE INDEX CONCURRENTLY "own_number" ON "own" USING btree ("number");';
const removal = 'DROP INDEX CONCURRENTLY "own_number";';
const readIndexes = async () =>
	await db.sql<{ valid: boolean }[]>`
	select indisvalid as valid from pg_index where indexrelid = to_regclass('own_number')`;

beforeEach(async () => {
	await db.sql`drop table if exists own`;
	await db.sql`create table own as select number from generate_series(1, 1000) as number`;
});

async function build(statements: readonly string[]): Promise<void> {
	const sql = db.connectUnhurried();
	try {
		await buildIndexes(sql, statements);
	} finally {
		await sql.end();
	}
}

describe("buildIndexes", () => {
	it("builds and drops, and does nothing that is done already", async () => {
		await build([creation]);
		expect(await readIndexes()).toEqual([{ valid: true }]);
		await build([creation]);
		await build([removal]);
		await build([removal]);
		expect(await readIndexes()).toEqual([]);
	});

	it("builds again what a process left half done", async () => {
		await db.sql`insert into own values (7)`;
		await expect(build([creation])).rejects.toMatchObject({ code: "23505" });
		expect(await readIndexes()).toEqual([{ valid: false }]);
		await db.sql`delete from own where number = 7`;
		await build([creation]);
		expect(await readIndexes()).toEqual([{ valid: true }]);
	});

	it("lets others write while it builds, and waits for what was there before", async () => {
		const held = await db.sql.reserve();
		await held`begin`;
		await held`insert into own values (2001)`;
		const building = build([creation]);
		await expect.poll(async () => (await readIndexes()).length).toBe(1);
		await db.sql`insert into own values (2002)`;
		expect(await readIndexes()).toEqual([{ valid: false }]);
		await held`commit`;
		held.release();
		await building;
		expect(await readIndexes()).toEqual([{ valid: true }]);
	});
});

describe("a migration", () => {
	it.each([
		[[creation], true],
		[[removal, creation], true],
		[['CREATE INDEX "own_number" ON "own" ("number");'], false],
		[[creation, 'ALTER TABLE "own" ADD COLUMN "text" text;'], false],
	])("%j builds indexes only: %s", (statements, isBuild) => {
		expect(isIndexBuild({ sql: statements })).toBe(isBuild);
	});

	it("is a plain statement in a transaction", () => {
		expect(toPlainStatement(creation)).toBe(
			'CREATE UNIQUE INDEX "own_number" ON "own" USING btree ("number");',
		);
		expect(toPlainStatement("UPDATE own SET text = 'concurrently so'")).toBe(
			"UPDATE own SET text = 'concurrently so'",
		);
	});

	/** Of the released version whose databases may be large. */
	const released = 11;
	const large = [
		"threads",
		"messages",
		"turns",
		"turn_events",
		"model_calls",
		"ledger",
		"quota_buckets",
		"audit_log",
	];
	it("keeps no process from writing to a large table while it builds an index there", () => {
		for (const { sql: statements } of readMigrations().slice(released + 1)) {
			const built = statements.flatMap(
				(text) => /create (?:unique )?index "\w+" on "(\w+)"/i.exec(text)?.[1] ?? [],
			);
			expect(built.filter((table) => large.includes(table))).toEqual([]);
			const isConcurrent = statements.some((text) => /\bindex concurrently\b/i.test(text));
			expect(isConcurrent && !isIndexBuild({ sql: statements })).toBe(false);
		}
	});
});
