import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createId, type UserId } from "../../contract/ids.ts";
import { connectAgain, createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import type { CallRecord } from "../../usage/index.ts";
import {
	bookCall,
	endExpiredCall,
	holdCall,
	type RecordedCall,
	releaseCall,
	startCall,
} from "./book-call.ts";

let db: TestDatabase;
let other: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
	other = connectAgain(db);
});
afterAll(async () => {
	await other?.drop();
	await db?.drop();
});
beforeEach(async () => {
	await db.sql`delete from house_calls`;
	await db.sql`delete from quota_buckets`;
});

const lease = { owner: "one", ms: 60_000 };
const token = { inputUsdPerMTok: "0.001", outputUsdPerMTok: "0.001" };
const none = { cachedInputUsdPerMTok: null, cacheWriteUsdPerMTok: null, reasoningUsdPerMTok: null };
const price = { id: createId<string>(), prices: { ...token, ...none, longContext: null } };
const toCall = (): Omit<RecordedCall, "id"> => ({
	userId: createId<UserId>(),
	purpose: "shadow",
	attempt: 1,
	modelId: "strong",
	providerId: "sim",
	providerModelId: "sim-strong",
	inputTokens: 70,
});
/** A call that costs so many nano-dollars. */
const toRecord = (call: RecordedCall, nanoUsd: number): CallRecord => ({
	...call,
	providerRequestId: null,
	otherModelId: null,
	outcome: "complete",
	finishReason: "stop",
	usage: {
		inputTokens: nanoUsd,
		cachedInputTokens: 0,
		cacheWriteTokens: 0,
		cacheWrite1hTokens: 0,
		outputTokens: 0,
		reasoningTokens: 0,
		source: "provider_final",
	},
	reportedCostNanoUsd: null,
	price,
	isDelivered: false,
	startedAtMs: Date.now(),
	firstTokenMs: 1,
	durationMs: 2,
});
const hold = (nanoUsdMax: number, dayCapNanoUsd: bigint, siteNanoUsd: bigint | null = null) =>
	holdCall(db.sql, toCall(), { lease, nanoUsdMax: BigInt(nanoUsdMax), siteNanoUsd, dayCapNanoUsd });
const book = (call: RecordedCall, nanoUsd: number) =>
	bookCall(db.sql, toRecord(call, nanoUsd), { callId: call.id, userId: call.userId, owner: lease.owner });
/** What is used and held of the day, and of the site's budget. */
async function read(what: "shadow" | "site" = "shadow") {
	const [row] = await db.sql<[{ used: string; held: string }]>`
		select coalesce(sum(used_nano_usd), 0)::text as used, coalesce(sum(reserved_nano_usd), 0)::text as held
		from quota_buckets where key like ${`${what}:%`}`;
	return { used: Number(row.used), held: Number(row.held) };
}

describe("the cap of a day", () => {
	it("never has more used and held than it is, however many calls are held, booked and given up at once", async () => {
		const step = fc.record({
			maxNanoUsd: fc.integer({ min: 0, max: 400 }),
			share: fc.double({ min: 0, max: 1, noNaN: true }),
			isMade: fc.boolean(),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
				await db.sql`delete from quota_buckets`;
				const used = await Promise.all(
					steps.map(async ({ maxNanoUsd, share, isMade }) => {
						const call = await hold(maxNanoUsd, 1_000n, 1_000_000n);
						if (!call) return 0;
						const { used, held } = await read();
						expect(used + held).toBeLessThanOrEqual(1_000);
						if (!isMade) {
							await releaseCall(db.sql, call.id, lease.owner);
							return 0;
						}
						const cost = Math.floor(maxNanoUsd * share);
						await startCall(db.sql, call, { lease, price });
						await book(call, cost);
						return cost;
					}),
				);
				const total = used.reduce((sum, each) => sum + each, 0);
				expect(await read()).toEqual({ used: total, held: 0 });
				expect(await read("site")).toEqual({ used: total, held: 0 });
			}),
			{ numRuns: 15 },
		);
	}, 120_000);

	it("is passed only by what calls cost above what was held for them, and then has no more room", async () => {
		const call = await hold(900, 1_000n);
		if (!call) throw new Error("The day has room.");
		expect(await hold(101, 1_000n)).toBeNull();
		await startCall(db.sql, call, { lease, price });
		await book(call, 1_200);
		expect(await read()).toEqual({ used: 1_200, held: 0 });
		expect(await hold(0, 1_000n)).toBeNull();
	});

	it("holds nothing when the site's budget has no room", async () => {
		expect(await hold(101, 1_000n, 1_600n)).toBeNull();
		expect(await read()).toEqual({ used: 0, held: 0 });
	});

	it("counts a call of a process that has died once, as another one books it", async () => {
		const [made, planned] = [await hold(300, 1_000n), await hold(200, 1_000n)];
		if (!made || !planned) throw new Error("The day has room.");
		await startCall(db.sql, made, { lease, price });
		expect(await read()).toEqual({ used: 0, held: 500 });
		await db.sql`update house_calls set lease_expires_at = now() - interval '1 second'`;
		const sweep = () => endExpiredCall(other.sql, { lease: { owner: "two", ms: 60_000 }, exceptIds: [] });
		while (await sweep());
		expect(await book(made, 300)).toBe(false);
		expect(await read()).toEqual({ used: 70, held: 0 });
		expect(await db.sql`select purpose, outcome from model_calls where id = ${made.id}`).toEqual([
			{ purpose: "shadow", outcome: "interrupted" },
		]);
	});
});
