import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { purgeOldPeriods } from "./index.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db?.drop());

const someone = "01941f29-7c00-7000-a000-000000000001";
const toDay = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

it("removes days and months that are long over, of people, the site and former accounts, and no other", async () => {
	const month = toDay(0).slice(0, 7);
	const kept = [
		`user:${someone}:day:${toDay(0)}`,
		`user:${someone}:day:${toDay(39)}`,
		`user:${someone}:month:${month}`,
	];
	const site = [`site:month:${month}:00`, `site:month:${month}:15`];
	const old = [`user:${someone}:day:${toDay(42)}`, `user:${someone}:month:${toDay(75).slice(0, 7)}`];
	const oldSite = `site:month:${toDay(75).slice(0, 7)}:07`;
	const held = `user:${someone}:day:${toDay(50)}`;
	for (const key of [...kept, ...site, ...old, oldSite])
		await db.sql`insert into quota_buckets (key, used_nano_usd) values (${key}, 5)`;
	await db.sql`insert into quota_buckets (key, reserved_nano_usd) values (${held}, 5)`;
	await db.sql`
		insert into former_allowances (email_key, period, used_nano_usd, used_tokens, used_requests, updated_at)
		values ('k', 'day:1', 1, 1, 1, now() - interval '39 days'), ('k', 'day:2', 1, 1, 1, now() - interval '41 days')`;
	expect(await purgeOldPeriods(db.sql)).toBe(4);
	const left = await db.sql<{ key: string }[]>`select key from quota_buckets`;
	expect(new Set(left.map(({ key }) => key))).toEqual(new Set([...kept, ...site, held]));
	expect(await db.sql`select period from former_allowances`).toEqual([{ period: "day:1" }]);
});

it("removes many in one pass, by several instances at once", async () => {
	await db.sql`
		insert into quota_buckets (key) select 'user:' || number || ':day:2020-01-01' from generate_series(1, 2500) as number`;
	const removed = await Promise.all([purgeOldPeriods(db.sql), purgeOldPeriods(db.sql)]);
	expect(removed.reduce((sum, rows) => sum + rows, 0)).toBeLessThanOrEqual(2_500);
	await purgeOldPeriods(db.sql);
	expect(await db.sql`select key from quota_buckets where key like '%2020%'`).toEqual([]);
});
