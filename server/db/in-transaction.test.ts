import { sql as drizzleSql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { auditLog } from "../../drizzle/schema/index.ts";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { type DatabaseOrTransaction, inTransaction } from "./in-transaction.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
/** Lines of the audit log stay: each test reads its own. */
let subject = "";
beforeEach(() => {
	subject = crypto.randomUUID();
});
afterAll(() => db.drop());

const writeBySql = ({ sql }: DatabaseOrTransaction) =>
	sql`insert into audit_log (id, action, subject) values (${crypto.randomUUID()}, 'by.sql', ${subject})`;
const writeByDrizzle = ({ orm }: DatabaseOrTransaction) =>
	orm.insert(auditLog).values({ id: crypto.randomUUID(), action: "by.drizzle", subject });
const readActions = async ({ sql }: Pick<DatabaseOrTransaction, "sql">) =>
	(
		await sql<{ action: string }[]>`select action from audit_log where subject = ${subject} order by action`
	).map(({ action }) => action);

describe("inTransaction", () => {
	it("runs SQL and Drizzle on one connection, invisible to others before the commit", async () => {
		const result = await inTransaction(db, async (tx) => {
			await writeBySql(tx);
			await writeByDrizzle(tx);
			const [bySql] = await tx.sql`select pg_current_xact_id()::text as id`;
			const [byDrizzle] = await tx.orm.execute(drizzleSql`select pg_current_xact_id()::text as id`);
			expect(byDrizzle).toEqual(bySql);
			expect(await readActions(tx)).toEqual(["by.drizzle", "by.sql"]);
			expect(await readActions(db)).toEqual([]);
			return "done";
		});
		expect(result).toBe("done");
		expect(await readActions(db)).toEqual(["by.drizzle", "by.sql"]);
	});

	it("rolls everything back when the work throws, and passes the error on", async () => {
		const failure = new Error("no");
		const failing = inTransaction(db, async (tx) => {
			await writeBySql(tx);
			await writeByDrizzle(tx);
			throw failure;
		});
		await expect(failing).rejects.toBe(failure);
		expect(await readActions(db)).toEqual([]);
	});

	it("is a savepoint inside another transaction", async () => {
		await inTransaction(db, async (outer) => {
			await writeBySql(outer);
			const inner = inTransaction(outer, async (tx) => {
				await writeByDrizzle(tx);
				throw new Error("only the inner part");
			});
			await expect(inner).rejects.toThrow("only the inner part");
		});
		expect(await readActions(db)).toEqual(["by.sql"]);
	});

	it("reads one snapshot under repeatable read, and writes nothing when it is read only", async () => {
		const reading = async (tx: DatabaseOrTransaction) => {
			const before = await readActions(tx);
			await writeBySql(db);
			return [before, await readActions(tx)];
		};
		const options = { isolationLevel: "repeatable read", accessMode: "read only" } as const;
		expect(await inTransaction(db, reading, options)).toEqual([[], []]);
		await expect(inTransaction(db, async (tx) => await writeBySql(tx), options)).rejects.toThrow("read-only");
	});

	it("reads and writes dates and JSON as outside of transactions", async () => {
		const at = new Date("2026-11-23T10:00:00.123Z");
		const [row] = await inTransaction(
			db,
			async ({ sql }) =>
				await sql`select ${at}::timestamptz as at, ${JSON.stringify({ a: 1 })}::json as value`,
		);
		expect(row).toEqual({ at, value: { a: 1 } });
	});
});
