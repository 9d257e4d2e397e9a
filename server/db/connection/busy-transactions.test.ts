import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { connectDatabase } from "./connect.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db?.drop());

it.each([
	["behind a pooler", true],
	["without one", false],
])(
	"a transaction has its connection for itself on a busy pool %s, and is over at its end",
	async (name, isPooled) => {
		const url = db.directUrl ?? db.url;
		const input = { url, directUrl: isPooled ? url : null, poolMax: 2, applicationName: name };
		const pool = connectDatabase(input);
		const insert = { action: "test", subject: name };
		const asked = Array.from({ length: 600 }, async (_, index) => {
			// Statements without parameters leave room behind them, in which a transaction may begin.
			if (index % 3 > 0) await pool.sql.unsafe("select pg_sleep(0.001)").execute();
			else
				await pool.sql.begin((tx) => tx`insert into audit_log ${tx({ ...insert, id: crypto.randomUUID() })}`);
		});
		const failed = (await Promise.allSettled(asked)).filter(({ status }) => status === "rejected");
		expect(failed).toEqual([]);
		expect(await db.sql`select count(*)::int as n from audit_log where subject = ${name}`).toEqual([
			{ n: 200 },
		]);
		const open = await db.sql`
		select from pg_stat_activity where application_name = ${name} and state like 'idle in transaction%'`;
		expect(open).toHaveLength(0);
		await pool.close();
	},
);
