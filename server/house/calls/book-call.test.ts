import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { UserId } from "../../contract/ids.ts";
import { createId } from "../../contract/ids.ts";
import { connectAgain, createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import type { CallRecord } from "../../usage/index.ts";
import {
	bookCall,
	endExpiredCall,
	holdCall,
	type RecordedCall,
	releaseCall,
	renewCalls,
	startCall,
} from "./book-call.ts";

let db: TestDatabase;
let other: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
	other = connectAgain(db);
});
afterAll(async () => {
	await other.drop();
	await db.drop();
});
beforeEach(async () => {
	await db.sql`delete from house_calls`;
	await db.sql`delete from quota_buckets`;
});

const siteNanoUsd = 16_000_000n;
const lease = { owner: "one", ms: 60_000 };
const others = { owner: "two", ms: 60_000 };
const prices = {
	inputUsdPerMTok: "1",
	cachedInputUsdPerMTok: null,
	cacheWriteUsdPerMTok: null,
	cacheWrite1hUsdPerMTok: null,
	outputUsdPerMTok: "2",
	reasoningUsdPerMTok: null,
	longContext: null,
};
const price = { id: createId<string>(), prices };

const toCall = (): Omit<RecordedCall, "id"> => ({
	userId: createId<UserId>(),
	purpose: "title",
	attempt: 1,
	modelId: "cheap",
	providerId: "sim",
	providerModelId: "sim-cheap",
	inputTokens: 100,
});
async function hold(by: Partial<Parameters<typeof holdCall>[2]> = {}): Promise<RecordedCall> {
	const call = await holdCall(db.sql, toCall(), { lease, nanoUsdMax: 500_000n, siteNanoUsd, ...by });
	if (!call) throw new Error("The budget has no room.");
	return call;
}
async function start(by: Partial<Parameters<typeof holdCall>[2]> = {}): Promise<RecordedCall> {
	const call = await hold(by);
	await startCall(db.sql, call, { lease, price });
	return call;
}
const toRecord = (call: RecordedCall): CallRecord => ({
	...call,
	providerRequestId: "req",
	otherModelId: null,
	outcome: "complete",
	finishReason: "stop",
	usage: {
		inputTokens: 120,
		cachedInputTokens: 0,
		cacheWriteTokens: 0,
		cacheWrite1hTokens: 0,
		outputTokens: 10,
		reasoningTokens: 0,
		source: "provider_final",
	},
	reportedCostNanoUsd: null,
	price,
	isDelivered: false,
	startedAtMs: Date.now(),
	firstTokenMs: 5,
	durationMs: 9,
});
const toBy = ({ id, userId }: RecordedCall, { owner } = lease) => ({ callId: id, userId, owner });
const expire = (id: string) => db.sql`update house_calls set lease_expires_at = now() where id = ${id}`;

/** Everything that the books say about a call. */
async function read({ id }: RecordedCall) {
	const calls = await db.sql`
		select turn_id as "turnId", outcome, usage_source as source, input_tokens as input, cost_nano_usd::text as cost,
			price_id as "priceId" from model_calls where id = ${id}`;
	const lines = await db.sql`
		select account, kind, amount_nano_usd::text as amount, turn_id as "turnId" from ledger where model_call_id = ${id}`;
	const [site] = await db.sql`
		select coalesce(sum(used_nano_usd), 0)::text as used, coalesce(sum(reserved_nano_usd), 0)::text as held from quota_buckets`;
	return { calls, lines, site };
}
const booked = {
	calls: [
		{
			turnId: null,
			outcome: "complete",
			source: "provider_final",
			input: 120,
			cost: "140000",
			priceId: price.id,
		},
	],
	lines: [{ account: "house", kind: "call", amount: "140000", turnId: null }],
	site: { used: "140000", held: "0" },
};
const estimated = {
	calls: [
		{
			turnId: null,
			outcome: "interrupted",
			source: "estimate",
			input: 100,
			cost: "100000",
			priceId: price.id,
		},
	],
	lines: [{ account: "house", kind: "call", amount: "100000", turnId: null }],
	site: { used: "100000", held: "0" },
};

describe("a call of the server's own", () => {
	it("holds its highest cost until it is booked: one row, one line on the server's account", async () => {
		const call = await start();
		expect((await read(call)).site).toEqual({ used: "0", held: "500000" });
		expect(await bookCall(db.sql, toRecord(call), toBy(call))).toBe(true);
		expect(await read(call)).toEqual(booked);
	});

	it("is booked once, however often and from wherever its end comes", async () => {
		const call = await start();
		const ends = await Promise.all(
			[db, other, db, other].map(({ sql }) => bookCall(sql, toRecord(call), toBy(call))),
		);
		expect(ends.filter(Boolean)).toHaveLength(1);
		expect(await read(call)).toEqual(booked);
	});

	it("gives back what was held when it is not made, and is in no book", async () => {
		const call = await hold();
		await releaseCall(db.sql, call.id, lease.owner);
		expect(await read(call)).toEqual({ calls: [], lines: [], site: { used: "0", held: "0" } });
		await expect(startCall(db.sql, call, { lease, price })).rejects.toThrow("another process");
	});

	it("is not made when its part of the site's budget has no room, or any part is overdrawn", async () => {
		const asked = { lease, nanoUsdMax: 1_000_001n, siteNanoUsd };
		expect(await holdCall(db.sql, toCall(), asked)).toBeNull();
		const month = new Date().toISOString().slice(0, 7);
		await db.sql`insert into quota_buckets (key, used_nano_usd) values (${`site:month:${month}:03`}, 1000001)
			on conflict (key) do update set used_nano_usd = excluded.used_nano_usd`;
		expect(await holdCall(db.sql, toCall(), { ...asked, nanoUsdMax: 1n })).toBeNull();
		expect(await db.sql`select from house_calls`).toEqual([]);
	});

	it("needs no budget where the site has none", async () => {
		const call = await start({ siteNanoUsd: null });
		await bookCall(db.sql, toRecord(call), toBy(call));
		expect(await read(call)).toEqual({ ...booked, site: { used: "0", held: "0" } });
	});
});

describe("a process that dies in a call", () => {
	const sweep = () => endExpiredCall(other.sql, { lease: others, exceptIds: [] });

	it("leaves a record, which another one books as an estimate at the price of its start", async () => {
		const call = await start();
		await expire(call.id);
		expect(await sweep()).toBe(true);
		expect(await read(call)).toEqual(estimated);
		expect(await sweep()).toBe(false);
	});

	it("and wakes up again books nothing more", async () => {
		const call = await start();
		await expire(call.id);
		await sweep();
		expect(await bookCall(db.sql, toRecord(call), toBy(call))).toBe(false);
		expect(await read(call)).toEqual(estimated);
	});

	it("before the call was made costs nothing", async () => {
		const call = await hold();
		await expire(call.id);
		expect(await sweep()).toBe(true);
		expect(await read(call)).toEqual({ calls: [], lines: [], site: { used: "0", held: "0" } });
	});

	it("is followed by one of several others", async () => {
		const call = await start();
		await expire(call.id);
		const ended = await Promise.all(
			[db, other, db, other].map(({ sql }, index) =>
				endExpiredCall(sql, { lease: { owner: `sweeper ${index}`, ms: 60_000 }, exceptIds: [] }),
			),
		);
		expect(ended.filter(Boolean)).toHaveLength(1);
		expect(await read(call)).toEqual(estimated);
	});

	it("is not taken for dead while it renews its record", async () => {
		const call = await start();
		await expire(call.id);
		await renewCalls(db.sql, [call.id], lease);
		expect(await sweep()).toBe(false);
		expect(await bookCall(db.sql, toRecord(call), toBy(call))).toBe(true);
	});
});
