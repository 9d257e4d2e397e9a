import { createServer } from "node:net";
import { sql as drizzleSql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { turnEvents } from "../../drizzle/schema/index.ts";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { connectDatabase } from "./connect.ts";
import { migrateDatabase } from "./migrate.ts";
import { toStorageError } from "./storage-error.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db.drop());

const connect = (url: string) => connectDatabase({ url, poolMax: 2, applicationName: "test" });

describe("connectDatabase", () => {
	it("reads and writes dates and JSON alike through statements by hand and through Drizzle", async () => {
		const at = new Date("2026-11-23T10:00:00.123Z");
		const value = { text: 'a "quoted" line\n', list: [1, null] };
		const [byHand] = await db.sql`select ${at}::timestamptz as at, ${db.sql.json(value)}::json as value`;
		expect(byHand).toEqual({ at, value });
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
		const cut = connect(db.url);
		await cut.sql`select 1`;
		await db.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test'`;
		await cut.sql`select 1`.catch(() => undefined);
		expect(await cut.sql`select 1 as one`).toEqual([{ one: 1 }]);
		await cut.close();
	});

	it("gives up on a proxy that accepts and closes, instead of trying for ever", async () => {
		const proxy = createServer((socket) => socket.destroy());
		const port = await new Promise<number>((resolve) => {
			proxy.listen(0, "127.0.0.1", () => {
				const address = proxy.address();
				resolve(typeof address === "object" && address !== null ? address.port : 0);
			});
		});
		const dead = connect(`postgres://me:hidden@127.0.0.1:${port}/chat`);
		const error = await dead.sql`select 1`.then(
			() => null,
			(reason: unknown) => toStorageError(reason),
		);
		expect(error).toMatchObject({ code: "storage_unavailable" });
		await dead.close();
		await new Promise((resolve) => proxy.close(resolve));
	});

	it.each([
		["a server that is not there", (url: URL) => (url.port = "1"), /does not answer \(ECONNREFUSED\)/],
		[
			"a database that is not there",
			(url: URL) => (url.pathname = "/nowhere"),
			/There is no database "nowhere"/,
		],
	])("says at the first contact with %s what to do, without the password", async (_, change, words) => {
		const url = new URL(db.url);
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
