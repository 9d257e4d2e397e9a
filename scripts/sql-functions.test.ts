import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../server/testing/database.ts";
import { findFunctionChanges, readFunctionFiles } from "./sql-functions.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db?.drop());

describe("the database's functions", () => {
	it("are those of the files once all migrations are applied; if not, run npm run db:functions", async () => {
		expect(await findFunctionChanges(db.sql, readFunctionFiles())).toEqual([]);
	});

	it("differ by a changed body, by another signature, by one too many and by one too few", async () => {
		const files = readFunctionFiles();
		const own = (text: string) => [...files, { name: "own_test", text }];
		const first =
			"CREATE OR REPLACE FUNCTION own_test(a integer) RETURNS integer LANGUAGE sql AS $$ SELECT a $$;";
		const changed = first.replace("SELECT a", "SELECT a + 1");
		const other = first.replaceAll("integer", "bigint");
		expect(await findFunctionChanges(db.sql, own(first))).toEqual([first]);
		await db.sql.unsafe(first);
		expect(await findFunctionChanges(db.sql, own(first))).toEqual([]);
		expect(await findFunctionChanges(db.sql, own(changed))).toEqual([changed]);
		expect(await findFunctionChanges(db.sql, own(other))).toEqual(["DROP FUNCTION own_test;", other]);
		expect(await findFunctionChanges(db.sql, files)).toEqual(["DROP FUNCTION own_test;"]);
		await db.sql.unsafe("drop function own_test");
	});

	it("are one a file, named like it", async () => {
		const files = readFunctionFiles();
		const [file] = files;
		if (!file) throw new Error("There are functions.");
		await expect(findFunctionChanges(db.sql, [{ ...file, name: "other" }])).rejects.toThrow("other.sql");
	});
});
