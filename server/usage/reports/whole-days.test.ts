import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUser } from "../../auth/index.ts";
import { createId } from "../../contract/ids.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { readPeopleReport, readSummary, sumUpDays } from "../index.ts";
import { toPartialDays } from "./whole-days.ts";

let db: TestDatabase;
const people: string[] = [];
beforeAll(async () => {
	db = await createTestDatabase();
	for (const name of ["a", "b"]) {
		const person = {
			email: `${name}@example.com`,
			password: "a good long password",
			name,
			role: "user",
		} as const;
		people.push((await createUser(db, person)).userId);
	}
	await seed();
});
afterAll(() => db?.drop());

const firstDay = "2026-08-01";
const dayMs = 86_400_000;

/** Sixty days with calls and adjustments at any time, also at midnight, except for one day without; and one line without a person. */
async function seed(): Promise<void> {
	const lines = Array.from({ length: 900 }, (_, index) => ({
		id: createId<string>(),
		call: createId<string>(),
		person: people[index % 2],
		account: index % 5 === 0 ? "house" : "user",
		kind: index % 7 === 0 ? "adjustment" : "call",
		model: `model${index % 3}`,
		amount: String(((index * 7_919) % 1_009) - 50),
		minutes: index % 11 === 0 ? (index % 60) * 1_440 : (index * 97 * 31) % (60 * 1_440),
	})).filter(({ minutes }) => Math.floor(minutes / 1_440) !== 30);
	const json = JSON.stringify(lines);
	await db.sql`
		insert into model_calls (id, turn_id, user_id, attempt, model_id, provider_id, provider_model_id, outcome, input_tokens,
			cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, usage_source, started_at,
			duration_ms)
		select call, call, person, 1, model, 'p', 'm', 'complete', 100, 10, 20, case when amount % 2 = 0 then 5 end, 7, 3,
			'provider_final', now(), 1
		from json_to_recordset(${json}::text::json) as given (call uuid, person uuid, model text, amount bigint)`;
	await db.sql`
		insert into ledger (id, account, user_id, model_call_id, model_id, kind, amount_nano_usd, created_at)
		select id, account, person, case when kind = 'call' then call end, case when kind = 'call' then model end, kind, amount,
			${firstDay}::text::timestamp at time zone 'UTC' + minutes * interval '1 minute'
		from json_to_recordset(${json}::text::json)
			as given (id uuid, call uuid, person uuid, account text, kind text, model text, amount bigint, minutes int)`;
	await db.sql`
		insert into ledger (id, account, kind, amount_nano_usd, created_at)
		values (${createId<string>()}, 'house', 'correction', 77, '2026-08-03T05:00:00Z')`;
}

const bound = fc.oneof(
	fc.integer({ min: -3, max: 63 }).map((offset) => toDay(Date.parse(firstDay) + offset * dayMs)),
	fc
		.integer({ min: 0, max: 60 * dayMs })
		.map((offset) => new Date(Date.parse(firstDay) + offset).toISOString()),
);
const toDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const zone = fc.constantFrom("UTC", "Asia/Kathmandu", "America/New_York");

async function readTruth({ from, to }: { from: string; to: string }) {
	return await db.sql`
		select user_id as "userId", coalesce(sum(amount_nano_usd) filter (where account = 'user'), 0)::text as "chargedNanoUsd",
			coalesce(sum(amount_nano_usd) filter (where account = 'house'), 0)::text as "houseNanoUsd",
			(count(*) filter (where account = 'user' and kind = 'call'))::int as calls
		from ledger where created_at >= ${from}::timestamptz and created_at < ${to}::timestamptz group by 1 order by 1`;
}

const read = async (wanted: { from: string; to: string; timeZone: string }) => ({
	people: await readPeopleReport(db.sql, wanted),
	summaries: [
		await readSummary(db.sql, people[0] ?? "", wanted),
		await readSummary(db.sql, people[1] ?? "", wanted),
	],
});

describe("sumUpDays", () => {
	it("changes no report, of any range in any time zone", async () => {
		const wanted = fc
			.sample(fc.tuple(bound, bound, zone), { numRuns: 60, seed: 11 })
			.map(([from, to, timeZone]) => ({ from, to, timeZone }))
			.filter(({ from, to }) => Date.parse(from) < Date.parse(to) - dayMs);
		const before = [];
		for (const one of wanted) before.push(await read(one));
		const days = await sumUpDays(db.sql);
		expect(days).toBeGreaterThan(60);
		expect(await sumUpDays(db.sql)).toBe(0);
		for (const [index, one] of wanted.entries()) {
			const after = await read(one);
			expect(after).toEqual(before[index]);
			const truth = await readTruth(after.people);
			const shown = after.people.people.map(({ email: _, ...row }) => row);
			expect(shown.toSorted((a, b) => (a.userId < b.userId ? -1 : 1))).toEqual(
				truth.filter(({ userId }) => userId !== null),
			);
			const cost = truth.reduce(
				(sum, row) => sum + BigInt(row.chargedNanoUsd) + BigInt(row.houseNanoUsd),
				0n,
			);
			expect(after.people.costNanoUsd).toBe(cost.toString());
		}
	}, 60_000);

	it("reads the days that were added up, and no line of theirs", async () => {
		await db.sql`update usage_days set charged_nano_usd = charged_nano_usd + 1000000 where model_id = 'model1'`;
		const wanted = { from: "2026-08-05", to: "2026-08-06", timeZone: "UTC" };
		const { total } = await readSummary(db.sql, people[0] ?? "", wanted);
		expect(BigInt(total.chargedNanoUsd)).toBeGreaterThan(900_000n);
		await db.sql`update usage_days set charged_nano_usd = charged_nano_usd - 1000000 where model_id = 'model1'`;
	});

	it("leaves a day that is not over, and one to several instances at once", async () => {
		for (let round = 0; round < 25; round++) {
			await db.sql`delete from usage_days where day >= (now() at time zone 'UTC')::date - 4`;
			const added = await Promise.all([1, 2, 3, 4, 5, 6].map(() => sumUpDays(db.sql)));
			const [days] = await db.sql`
				select count(distinct day)::int as count from usage_days where day >= (now() at time zone 'UTC')::date - 4`;
			expect(added.reduce((sum, one) => sum + one, 0)).toBe(days?.count);
		}
		const [row] = await db.sql`
			select max(day) < (now() at time zone 'UTC')::date as "isOver", count(*) = count(distinct (day, user_id, model_id)) as "isOnce"
			from usage_days`;
		expect(row).toEqual({ isOver: true, isOnce: true });
	});
});

describe("toPartialDays", () => {
	const range = { from: "2026-08-01T10:00:00.000Z", to: "2026-08-05T00:00:00.000Z", timeZone: "UTC" };
	it.each([
		[null, [{ from: range.from, to: range.to }]],
		[{ first: "2026-08-02", end: "2026-08-05" }, [{ from: range.from, to: "2026-08-02T00:00:00.000Z" }]],
		[
			{ first: "2026-08-02", end: "2026-08-04" },
			[
				{ from: range.from, to: "2026-08-02T00:00:00.000Z" },
				{ from: "2026-08-04T00:00:00.000Z", to: range.to },
			],
		],
	])("of whole days %j are the rest", (days, parts) => {
		expect(toPartialDays(range, days)).toEqual(parts);
	});
});
