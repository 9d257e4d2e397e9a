import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { connectDatabase } from "./connect.ts";
import { toStorageError } from "./storage-error.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db?.drop());

/** What storage answers once it answers at all. */
async function firstAnswer<Answer>(ask: () => PromiseLike<Answer>): Promise<Answer> {
	for (const giveUpAt = performance.now() + 20_000; ; await sleep(20))
		try {
			return await ask();
		} catch (error) {
			if (performance.now() > giveUpAt) throw error;
		}
}

it.each([
	["behind a pooler", true],
	["without one", false],
])(
	"a connection lost between two rows of an answer leaves no gap in the next answer, %s",
	async (name, isPooled) => {
		const url = db.directUrl ?? db.url;
		const pool = connectDatabase({
			url,
			directUrl: isPooled ? url : null,
			poolMax: 1,
			applicationName: name,
		});
		await pool.sql`select 1`;
		for (let round = 0; round < 3; round++) {
			// Rows of this size leave the server at once; the third comes later than the end of this connection.
			const asked = pool.sql`
				select repeat('x', 20000), pg_sleep(case when n = 3 then 60 else 0 end) from generate_series(1, 4) as n`;
			const lost = asked.then(() => null, toStorageError);
			const sleeping = () => db.sql`select from pg_stat_activity
				where application_name = ${name} and datname = current_database() and wait_event = 'PgSleep'`;
			await expect.poll(sleeping, { timeout: 20_000 }).toHaveLength(1);
			await db.sql`select pg_terminate_backend(pid) from pg_stat_activity
				where application_name = ${name} and datname = current_database()`;
			expect(await lost).toMatchObject({ code: "storage_unavailable" });
			const next = await firstAnswer(() => pool.sql`select ${7}::int as n`);
			expect([...next]).toEqual([{ n: 7 }]);
		}
		await pool.close();
	},
	60_000,
);
