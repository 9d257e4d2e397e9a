import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { copyOut } from "./copy-out.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db?.drop());

describe("copyOut", () => {
	it.each([300, 600, 1_200, 2_400])(
		"of %i rows lets the next statement follow, however slowly the rows were taken",
		async (rows) => {
			const sql = db.connectUnhurried();
			try {
				for (let more = 0; more < 5; more++) {
					let bytes = 0;
					const query = `select repeat('x', 199) from generate_series(1, ${rows + more * 50})`;
					for await (const piece of copyOut(sql, query)) {
						bytes += piece.length;
						await sleep(5);
					}
					expect(bytes).toBe((rows + more * 50) * 200);
					const answered = Promise.race([sql`select 1`, sleep(3_000, "no answer")]);
					expect(await answered).toHaveLength(1);
				}
			} finally {
				await sql.end({ timeout: 0 });
			}
		},
	);

	it("lets the next statement follow when the rest is not read", async () => {
		const sql = db.connectUnhurried();
		try {
			for await (const piece of copyOut(sql, "select repeat('x', 199) from generate_series(1, 20000)")) {
				expect(piece.length).toBeGreaterThan(0);
				await sleep(20);
				break;
			}
			expect(await Promise.race([sql`select 1`, sleep(5_000, "no answer")])).toHaveLength(1);
		} finally {
			await sql.end({ timeout: 0 });
		}
	});
});
