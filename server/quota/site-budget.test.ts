import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUser } from "../auth/index.ts";
import { createId, type TurnId, type UserId } from "../contract/ids.ts";
import type { Database } from "../db/index.ts";
import { connectAgain, createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { smallQuote } from "../testing/quote.ts";
import { toReserveCall } from "./index.ts";

/** The budget is kept in 16 slices; each holds 160 here. */
const siteNanoUsd = 160n * 16n;

let db: TestDatabase;
/** As many pools as there are processes. */
let processes: Database[];
let userId: UserId;

beforeAll(async () => {
	db = await createTestDatabase();
	processes = [1, 2, 3, 4].map((each) => connectAgain(db, { applicationName: `process ${each}` }));
	await db.sql`insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers)
		values ('roomy', 1000, 100000, '{small}')`;
	const person = { email: "site@example.com", password: "a good long password", name: "S", plan: "roomy" };
	userId = (await createUser(db, { ...person, role: "user" })).userId as UserId;
});
afterAll(async () => {
	for (const each of processes ?? []) await each.close();
	await db?.drop();
});
beforeEach(() => db.sql`delete from quota_buckets`);

interface Held {
	refusal: string | null;
	keys: string[];
	nanos: string[];
	tokens: string;
}

async function reserve(nanoUsd: bigint, { sql }: Pick<Database, "sql"> = db, budget = siteNanoUsd) {
	const quote = { ...smallQuote, inputNanoUsd: nanoUsd, outputNanoUsdPerMTok: 0n, siteNanoUsd: budget };
	const call = toReserveCall(sql, { userId, turnId: createId<TurnId>() }, quote);
	const [held] = await sql<Held[]>`select * from ${call}`;
	if (!held) throw new Error("The function answers with one row.");
	return held;
}
const settle = (held: Held, cost: bigint) => db.sql`
	select settle_quota(${held.keys}, ${held.nanos}::bigint[], ${held.tokens}, 0, 1, ${cost.toString()}::bigint)`;
const readSite = async () => {
	const [sums] = await db.sql<[{ used: string; held: string }]>`
		select coalesce(sum(used_nano_usd), 0) as used, coalesce(sum(reserved_nano_usd), 0) as held
		from quota_buckets where key like 'site:%'`;
	return { used: BigInt(sums.used), held: BigInt(sums.held) };
};
/** Reserves until nothing is granted any more. */
async function exhaust(nanoUsd: bigint, budget = siteNanoUsd): Promise<Held[]> {
	const granted: Held[] = [];
	for (;;) {
		const held = await reserve(nanoUsd, db, budget);
		if (held.refusal !== null) return granted;
		granted.push(held);
	}
}

describe("the site's budget", () => {
	it("is not passed by many at once, is used to its end over all slices, and bears overruns", async () => {
		const held: Held[] = [];
		for (let round = 0; round < 5; round++)
			held.push(
				...(await Promise.all(Array.from({ length: 20 }, (_, index) => reserve(50n, processes[index % 4])))),
			);
		const granted = held.filter(({ refusal }) => refusal === null);
		expect(granted).toHaveLength(51);
		expect(await readSite()).toEqual({ used: 0n, held: 51n * 50n });
		for (const { refusal } of held) expect([null, "in_flight", "site_budget"]).toContain(refusal);
		for (const one of granted) await settle(one, 45n);
		expect(await readSite()).toEqual({ used: 51n * 45n, held: 0n });
	});

	it("pays for one call that costs more than a slice of it", async () => {
		expect((await reserve(500n)).refusal).toBeNull();
		expect(await readSite()).toEqual({ used: 0n, held: 500n });
	});

	it("that is only held is not told as spent", async () => {
		const all = await reserve(siteNanoUsd);
		expect((await reserve(1n)).refusal).toBe("in_flight");
		await settle(all, siteNanoUsd);
		expect((await reserve(1n)).refusal).toBe("site_budget");
	});

	it.each([0n, 1_000n])("is not passed after an overrun of a call that cost %s in all", async (used) => {
		const early = await reserve(used + 10n);
		await settle(early, used + 900n);
		const granted = await exhaust(20n);
		expect(BigInt(granted.length)).toBe((siteNanoUsd - used - 900n) / 20n);
	});

	it("is not passed after a correction that the house learned of late, in a month that no person has used", async () => {
		await db.sql`select post_to_site(1000)`;
		expect(await readSite()).toEqual({ used: 1_000n, held: 0n });
		const granted = await exhaust(10n);
		expect(BigInt(granted.length)).toBe((siteNanoUsd - 1_000n) / 10n);
		for (const one of granted) await settle(one, 10n);
		expect(await readSite()).toEqual({ used: 1_000n + BigInt(granted.length) * 10n, held: 0n });
	});

	it("is not passed when it is made smaller, and is used to its end when it is made larger", async () => {
		for (const one of await exhaust(40n)) await settle(one, 20n);
		const { used } = await readSite();
		expect(await exhaust(1n, used)).toEqual([]);
		expect(await exhaust(8n, used + 160n)).toHaveLength(20);
	});
});
