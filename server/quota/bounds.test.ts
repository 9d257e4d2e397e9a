import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUser } from "../auth/index.ts";
import { createId, type TurnId, type UserId } from "../contract/ids.ts";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { smallQuote } from "../testing/quote.ts";
import { readLimits, topUp, toReserveCall } from "./index.ts";

const siteNanoUsd = 16_000_000n;

let db: TestDatabase;
let people = 0;
let userId: UserId;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db?.drop());
/** A person with a plan of their own: 1,000 nano-dollars a day, 1,500 a month, 100 tokens and 5 requests a day. */
beforeEach(async () => {
	const plan = `bounds-${++people}`;
	await db.sql`
		insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers, nano_usd_per_day, nano_usd_per_month,
			tokens_per_day, requests_per_day, is_top_tier_lowered)
		values (${plan}, 1000, 100, '{small,large}', 1000, 1500, 100, 5, false)`;
	const person = { email: `${plan}@example.com`, password: "a good long password", name: "B", plan };
	userId = (await createUser(db, { ...person, role: "user" })).userId as UserId;
	await db.sql`delete from quota_buckets where key like 'site:%'`;
});

interface Held {
	refusal: string | null;
	keys: string[];
	nanos: string[];
	tokens: string;
}
async function reserve(
	{ nanoUsd, tokens }: { nanoUsd: bigint; tokens: number },
	turnId = createId<TurnId>(),
) {
	const quote = {
		...smallQuote,
		inputTokens: tokens,
		inputNanoUsd: nanoUsd,
		outputNanoUsdPerMTok: 0n,
		maxOutputTokens: 0,
		siteNanoUsd,
	};
	const [held] = await db.sql<[Held]>`select * from ${toReserveCall(db.sql, { userId, turnId }, quote)}`;
	return held;
}

async function readBucket(period: "day" | "month") {
	const [row] = await db.sql<
		{ used: string; held: string; tokens: string; heldTokens: string; requests: number }[]
	>`
		select used_nano_usd as used, reserved_nano_usd as held, used_tokens as tokens, reserved_tokens as "heldTokens",
			used_requests as requests
		from quota_buckets where key like ${`user:${userId}:${period}:%`}`;
	return row;
}

/** What a former account of the same address used, in buckets that this account has already used or not. */
async function carry(
	period: "day" | "month",
	used: { nanoUsd?: number; tokens?: number; requests?: number },
) {
	const { nanoUsd = 0, tokens = 0, requests = 0 } = used;
	await db.sql`
		insert into quota_buckets (key, carried_nano_usd, carried_tokens, carried_requests)
		select 'user:' || ${userId} || ':' || ${period} || ':' || to_char(now() at time zone 'UTC', ${
			period === "day" ? "YYYY-MM-DD" : "YYYY-MM"
		}), ${nanoUsd}, ${tokens}, ${requests}
		on conflict (key) do update set carried_nano_usd = excluded.carried_nano_usd, carried_tokens = excluded.carried_tokens,
			carried_requests = excluded.carried_requests`;
}

describe("what a former account used counts", () => {
	const cases = [
		["money of the day", "day", { nanoUsd: 950 }, { nanoUsd: 51n, tokens: 1 }, "money_per_day"],
		["money of the month", "month", { nanoUsd: 1_450 }, { nanoUsd: 51n, tokens: 1 }, "money_per_month"],
		["tokens of the day", "day", { tokens: 95 }, { nanoUsd: 1n, tokens: 6 }, "tokens_per_day"],
		["requests of the day", "day", { requests: 5 }, { nanoUsd: 1n, tokens: 1 }, "requests_per_day"],
		["a credit of the day", "day", { nanoUsd: -100 }, { nanoUsd: 1_101n, tokens: 1 }, "money_per_day"],
	] as const;

	it.each(cases)("in the first bucket of a period: %s", async (_, period, used, quote, refusal) => {
		await carry(period, used);
		expect((await reserve(quote)).refusal).toBe(refusal);
	});

	it.each(cases)("in buckets that are in use: %s", async (_, period, used, quote, refusal) => {
		const { keys, nanos, tokens } = await reserve({ nanoUsd: 0n, tokens: 0 });
		await db.sql`select settle_quota(${keys}, ${nanos}::bigint[], ${tokens}, 0, 0, 0)`;
		await db.sql`update quota_buckets set used_requests = 0 where key like ${`user:${userId}:%`}`;
		await carry(period, used);
		const { nanoUsd } = quote;
		const within =
			refusal === "money_per_day" || refusal === "money_per_month"
				? { ...quote, nanoUsd: nanoUsd - 1n }
				: null;
		expect((await reserve(quote)).refusal).toBe(refusal);
		if (within) expect((await reserve(within)).refusal).toBeNull();
	});

	it("in what is shown, and for the tiers that are open", async () => {
		await carry("day", { nanoUsd: 400, tokens: 85, requests: 2 });
		await carry("month", { nanoUsd: 700 });
		const { limits } = await readLimits(db.sql, userId);
		expect(limits.map(({ name, used, left }) => [name, used, left])).toEqual([
			["money_per_day", "400", "600"],
			["money_per_month", "700", "800"],
			["tokens_per_day", "85", "15"],
			["requests_per_day", "2", "3"],
		]);
		await db.sql`update plans set is_top_tier_lowered = true where id = ${`bounds-${people}`}`;
		const [open] = await db.sql`select open_tiers as tiers from read_open_models(${userId})`;
		expect(open?.tiers).toEqual(["small"]);
	});
});

/** The rows that a running turn has, with what it holds. */
async function startTurn(quote: { nanoUsd: bigint; tokens: number }): Promise<TurnId> {
	const [turnId, threadId, messageId, answerId] = [createId<TurnId>(), createId(), createId(), createId()];
	const held = await reserve(quote, turnId);
	await db.sql`insert into threads (id, user_id, title) values (${threadId}, ${userId}, 't')`;
	await db.sql`
		insert into messages (id, thread_id, role, text)
		values (${messageId}, ${threadId}, 'user', 'q'), (${answerId}, ${threadId}, 'assistant', '')`;
	await db.sql`
		insert into turns (id, user_id, thread_id, user_message_id, assistant_message_id, client_message_id, request_hash,
			branch_point_id, requested_model, status, lease_owner, lease_expires_at, reserved_nano_usd, reserved_tokens,
			quota_keys, quota_nano_usd)
		values (${turnId}, ${userId}, ${threadId}, ${messageId}, ${answerId}, ${turnId}, 'h', ${threadId}, 'auto', 'running', 'me',
			now() + interval '1 hour', ${quote.nanoUsd.toString()}, ${quote.tokens}, ${held.keys}, ${held.nanos}::bigint[])`;
	return turnId;
}

describe("topUp keeps within every limit of the turn", () => {
	const more = (turnId: TurnId, nanoUsd: bigint, tokens = 0) =>
		topUp(db.sql, { turnId, epoch: 1 }, { nanoUsd, tokens, siteNanoUsd });

	it.each([
		["of the day's money", {}, 900n, 901n, 0],
		["of the month's money", { used: 600 }, 800n, 801n, 0],
		["of the day's tokens", {}, 1n, 1n, 91],
		["of the day's tokens that are carried", { carriedTokens: 40 }, 1n, 1n, 51],
		["of the month's money that is carried", { carriedMonth: 700 }, 700n, 701n, 0],
	])(
		"%s",
		async (_, before: {
			used?: number;
			carriedTokens?: number;
			carriedMonth?: number;
		}, fits, tooMuch, tokens) => {
			const turnId = await startTurn({ nanoUsd: 100n, tokens: 10 });
			if (before.used)
				await db.sql`
				update quota_buckets set used_nano_usd = ${before.used} where key like ${`user:${userId}:month:%`}`;
			if (before.carriedTokens) await carry("day", { tokens: before.carriedTokens });
			if (before.carriedMonth) await carry("month", { nanoUsd: before.carriedMonth });
			expect(await more(turnId, tooMuch, tokens)).toBe(false);
			expect(await readBucket("day")).toMatchObject({ held: "100", heldTokens: "10" });
			expect(await more(turnId, fits, Math.max(0, tokens - 1))).toBe(true);
			expect(await readBucket("month")).toMatchObject({ held: (100n + fits).toString() });
		},
	);
});

describe("settling counts", () => {
	it("on the person what they are charged, on the site what it cost, and the request once", async () => {
		const { keys, nanos, tokens } = await reserve({ nanoUsd: 100n, tokens: 10 });
		await db.sql`select settle_quota(${keys}, ${nanos}::bigint[], ${tokens}, 40, 7, 130)`;
		const settled = { used: "40", held: "0", tokens: "7", heldTokens: "0" };
		expect(await readBucket("day")).toEqual({ ...settled, requests: 1 });
		expect(await readBucket("month")).toEqual({ ...settled, requests: 0 });
		const [site] = await db.sql`
			select sum(used_nano_usd) as used, sum(reserved_nano_usd) as held from quota_buckets where key like 'site:%'`;
		expect(site).toEqual({ used: "130", held: "0" });
	});
});
