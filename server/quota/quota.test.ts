import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUser } from "../auth/index.ts";
import { isAppError } from "../contract/errors.ts";
import { createId, type TurnId, type UserId } from "../contract/ids.ts";
import type { Database } from "../db/index.ts";
import { connectAgain, createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { smallQuote } from "../testing/quote.ts";
import { type Quote, type RefusalRow, toQuotaError, toReserveCall } from "./index.ts";

const usd = 1_000_000_000n;

let db: TestDatabase;
/** As many pools as there are processes. */
let processes: Database[];
let people = 0;
let userId: UserId;

beforeAll(async () => {
	db = await createTestDatabase();
	processes = [1, 2, 3, 4].map((each) => connectAgain(db, { applicationName: `process ${each}` }));
});
afterAll(async () => {
	for (const each of processes ?? []) await each.close();
	await db?.drop();
});
beforeEach(async () => {
	const plan = `plan-${++people}`;
	await db.sql`insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers, nano_usd_per_day, time_zone)
		values (${plan}, 1000, 100000, '{small,medium}', ${usd.toString()}, 'Pacific/Auckland')`;
	const person = { email: `quota${people}@example.com`, password: "a good long password", name: "Q", plan };
	userId = (await createUser(db, { ...person, role: "user" })).userId as UserId;
});

interface Held {
	refusal: string | null;
	resets_at: string | null;
	output_tokens: number;
	nano_usd: bigint;
	tokens: string;
	keys: string[];
	nanos: string[];
}

async function reserve(
	quote: Partial<Quote> = {},
	{ sql }: Pick<Database, "sql"> = db,
	who = userId,
): Promise<Held> {
	const call = toReserveCall(sql, { userId: who, turnId: createId<TurnId>() }, { ...smallQuote, ...quote });
	const [held] = await sql<(Omit<Held, "nano_usd"> & { nano_usd: string })[]>`select * from ${call}`;
	if (!held) throw new Error("The function answers with one row.");
	return { ...held, nano_usd: BigInt(held.nano_usd ?? 0) };
}
const settle = (held: Held, charged: bigint, cost = charged, { sql }: Pick<Database, "sql"> = db) => sql`
	select settle_quota(${held.keys}, ${held.nanos}::bigint[], ${held.tokens}, ${charged.toString()}::bigint, 1,
		${cost.toString()}::bigint)`;
const planOf = () => `plan-${people}`;
async function readBuckets(prefix: string) {
	const rows = await db.sql<
		{ key: string; used: string; reserved: string; requests: number; tokens: string }[]
	>`
		select key, used_nano_usd as used, reserved_nano_usd as reserved, (used_requests + reserved_requests)::int as requests,
			used_tokens + reserved_tokens as tokens
		from quota_buckets where key like ${`${prefix}%`} order by key`;
	return rows.map((row) => ({ ...row, used: BigInt(row.used), reserved: BigInt(row.reserved) }));
}
const codeOf = ({ refusal, resets_at }: Held) => toQuotaError({ refusal, resets_at } as RefusalRow).code;

describe("reserving", () => {
	it("never holds more than the limit, whatever many processes ask at once", async () => {
		const price = { inputTokens: 100, inputNanoUsd: 40_000_000n, outputNanoUsdPerMTok: 0n };
		const held = await Promise.all(
			Array.from({ length: 200 }, (_, index) => reserve(price, processes[index % 4])),
		);
		const granted = held.filter(({ refusal }) => refusal === null);
		expect(granted).toHaveLength(25);
		expect(new Set(held.filter(({ refusal }) => refusal !== null).map(({ refusal }) => refusal))).toEqual(
			new Set(["in_flight"]),
		);
		for (const bucket of await readBuckets(`user:${userId}:`)) expect(bucket.reserved).toBe(usd);
	});

	it("keeps used + held within the limit at any instant, while turns come and go", async () => {
		const amounts = fc.array(fc.bigInt({ min: 1n, max: 90_000_000n }), { minLength: 120, maxLength: 120 });
		const [given = []] = fc.sample(amounts, { numRuns: 1, seed: 7 });
		let isDone = false;
		const watch = async () => {
			while (!isDone) {
				for (const { used, reserved } of await readBuckets(`user:${userId}:`))
					expect(used + reserved <= usd).toBe(true);
			}
		};
		let charged = 0n;
		const work = Promise.all(
			given.map(async (amount, index) => {
				const at = processes[index % 4] ?? db;
				const held = await reserve({ inputNanoUsd: amount, outputNanoUsdPerMTok: 0n }, at);
				if (held.refusal !== null) return;
				const owed = (held.nano_usd * BigInt(index % 3)) / 2n;
				await settle(held, owed < held.nano_usd ? owed : held.nano_usd, owed, at);
				charged += owed < held.nano_usd ? owed : held.nano_usd;
			}),
		).finally(() => {
			isDone = true;
		});
		await Promise.all([work, watch()]);
		for (const bucket of await readBuckets(`user:${userId}:`))
			expect(bucket).toMatchObject({ used: charged, reserved: 0n });
	});

	it("cuts an answer to what the money left can buy, and refuses when that is too little", async () => {
		await reserve({ inputNanoUsd: usd - 600_000n, outputNanoUsdPerMTok: 0n });
		const cut = await reserve({
			inputNanoUsd: 0n,
			outputNanoUsdPerMTok: 1_000_000_000n,
			maxOutputTokens: 4_000,
		});
		expect(cut).toMatchObject({ refusal: null, output_tokens: 600, nano_usd: 600_000n });
		expect(codeOf(await reserve())).toBe("budget_in_flight");
		await settle(cut, 600_000n);
		expect((await reserve({ inputNanoUsd: 1n })).refusal).toBe("in_flight");
	});

	it("tells a spent limit, with its end in the plan's zone, from one that is only held", async () => {
		const all = await reserve({ inputNanoUsd: usd, outputNanoUsdPerMTok: 0n });
		await settle(all, usd);
		const refused = await reserve();
		expect(refused.refusal).toBe("money_per_day");
		expect(codeOf(refused)).toBe("quota_exceeded");
		const [reset] = await db.sql<{ clock: string; isSoon: boolean }[]>`
			select to_char(${refused.resets_at}::timestamptz at time zone 'Pacific/Auckland', 'HH24:MI') as clock,
				${refused.resets_at}::timestamptz - now() between interval '0' and interval '25 hours' as "isSoon"`;
		expect(reset).toEqual({ clock: "00:00", isSoon: true });
	});

	it("counts requests, tokens and streams, models and tiers by the plan as it is at that moment", async () => {
		await db.sql`update plans set requests_per_day = 2 where id = ${planOf()}`;
		const one = await reserve();
		await reserve();
		expect((await reserve()).refusal).toBe("in_flight");
		await settle(one, 0n);
		await db.sql`update plans set requests_per_day = 1 where id = ${planOf()}`;
		expect((await reserve()).refusal).toBe("requests_per_day");
		await db.sql`update plans set requests_per_day = null, tokens_per_day = 500 where id = ${planOf()}`;
		expect(codeOf(await reserve({ inputTokens: 600 }))).toBe("quota_exceeded");
		await db.sql`update plans set tokens_per_day = null, concurrent_streams = 0 where id = ${planOf()}`;
		expect(codeOf(await reserve())).toBe("rate_limited");
		await db.sql`update plans set concurrent_streams = 9, allowed_models = '{other}' where id = ${planOf()}`;
		expect(codeOf(await reserve())).toBe("forbidden");
		await db.sql`update plans set allowed_models = null where id = ${planOf()}`;
		expect((await reserve({ tier: "large" })).refusal).toBe("model_not_allowed");
		expect((await reserve()).refusal).toBeNull();
	});

	it("of several spent limits tells the one that ends last", async () => {
		await db.sql`update plans set nano_usd_per_month = nano_usd_per_day, requests_per_day = 1 where id = ${planOf()}`;
		await settle(await reserve({ inputNanoUsd: usd, outputNanoUsdPerMTok: 0n }), usd);
		const refused = await reserve();
		expect(refused.refusal).toBe("money_per_month");
		const [reset] = await db.sql<{ day: string }[]>`
			select to_char(${refused.resets_at}::timestamptz at time zone 'Pacific/Auckland', 'DD HH24:MI') as day`;
		expect(reset?.day).toBe("01 00:00");
	});

	it("holds nothing at all when it refuses", async () => {
		await db.sql`update plans set nano_usd_per_month = 5 where id = ${planOf()}`;
		expect((await reserve({ inputNanoUsd: 6n })).refusal).toBe("money_per_month");
		for (const bucket of await readBuckets(`user:${userId}:`))
			expect(bucket).toMatchObject({ reserved: 0n, requests: 0, tokens: "0" });
	});
});

describe("toQuotaError", () => {
	it("makes an error of every refusal there is", () => {
		for (const refusal of [
			"concurrent_streams",
			"in_flight",
			"model_not_allowed",
			"top_tier",
			"site_budget",
			"tokens_per_day",
		])
			expect(isAppError(toQuotaError({ refusal, resets_at: null }))).toBe(true);
	});
});
