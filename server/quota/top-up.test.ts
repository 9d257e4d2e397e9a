import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createId, type TurnId } from "../contract/ids.ts";
import { startTestParley } from "../testing/parley.ts";
import { topUp } from "./index.ts";

const usd = 1_000_000_000n;

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley({
		models: { dear: "sim-large", cheap: "sim-small" },
		tiers: { dear: "large" },
		env: { PARLEY_SITE_BUDGET_USD: "100" },
	});
	await parley.db
		.sql`insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers, nano_usd_per_day,
			is_top_tier_lowered)
		values ('lowered', 1000, 100, '{small,large}', ${usd.toString()}, true)`;
	person = await parley.signIn({ plan: "lowered" });
});
afterAll(() => parley?.close());

const send = (text: string, model?: string) =>
	person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text, model });
const readBuckets = async () =>
	await parley.db.sql<{ reserved: string; tokens: string }[]>`
	select reserved_nano_usd as reserved, reserved_tokens as tokens from quota_buckets
	where key like ${`user:${person.userId}:%`} or (key like 'site:%' and reserved_nano_usd > 0) order by key desc`;

describe("topUp", () => {
	it("holds more over every bucket of a running turn, up to the limit, and all of it is given back", async () => {
		const { turnId } = await send("[[sim ttft=60000]] slow");
		const id = turnId as TurnId;
		const before = await readBuckets();
		expect(before).toHaveLength(3);
		const more = { nanoUsd: 5_000n, tokens: 70, siteNanoUsd: 100n * usd };
		expect(await topUp(parley.db.sql, { turnId: id, epoch: 1 }, more)).toBe(true);
		expect((await readBuckets()).map(({ reserved }) => BigInt(reserved))).toEqual(
			before.map(({ reserved }) => BigInt(reserved) + 5_000n),
		);
		for (const refused of [
			{ turn: { turnId: id, epoch: 1 }, more: { ...more, nanoUsd: usd } },
			{ turn: { turnId: id, epoch: 1 }, more: { ...more, siteNanoUsd: 1_000n } },
			{ turn: { turnId: id, epoch: 2 }, more },
			{ turn: { turnId: createId<TurnId>(), epoch: 1 }, more },
		])
			expect(await topUp(parley.db.sql, refused.turn, refused.more)).toBe(false);
		await person.client.chat.stop.mutate({ turnId });
		for (const bucket of await readBuckets()) expect(bucket).toEqual({ reserved: "0", tokens: "0" });
	});

	it("is refused by the month and by the tokens of a day as by the money of a day", async () => {
		await parley.db.sql`
			insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers, nano_usd_per_month, tokens_per_day)
			values ('monthly', 1000, 100, '{small,large}', ${usd.toString()}, 1000000)`;
		const other = await parley.signIn({ plan: "monthly" });
		const message = { clientMessageId: crypto.randomUUID(), text: "[[sim ttft=60000]] slow" };
		const { turnId } = await other.client.chat.send.mutate(message);
		const ask = (nanoUsd: bigint, tokens: number) =>
			topUp(
				parley.db.sql,
				{ turnId: turnId as TurnId, epoch: 1 },
				{ nanoUsd, tokens, siteNanoUsd: 100n * usd },
			);
		expect(await ask(usd, 0)).toBe(false);
		expect(await ask(0n, 1_000_000)).toBe(false);
		expect(await ask(1_000n, 10)).toBe(true);
		await other.client.chat.stop.mutate({ turnId });
	});

	it("never passes the limit, however many ask at once", async () => {
		const { turnId } = await send("[[sim ttft=60000]] slow");
		const [turn] = await readBuckets();
		const part = (usd - BigInt(turn?.reserved ?? 0)) / 10n;
		const held = await Promise.all(
			Array.from({ length: 30 }, () =>
				topUp(
					parley.db.sql,
					{ turnId: turnId as TurnId, epoch: 1 },
					{ nanoUsd: part, tokens: 0, siteNanoUsd: 100n * usd },
				),
			),
		);
		expect(held.filter(Boolean).length).toBeLessThanOrEqual(10);
		expect(held.filter(Boolean).length).toBeGreaterThanOrEqual(9);
		await person.client.chat.stop.mutate({ turnId });
		for (const bucket of await readBuckets()) expect(bucket.reserved).toBe("0");
	});
});

describe("the most expensive tier of a plan that lowers it", () => {
	const spend = (share: string) => parley.db.sql`
		update quota_buckets set used_nano_usd = ${share} where key like ${`user:${person.userId}:day:%`}`;
	const modelOf = async (turnId: string) => {
		const seen = await person.follow({ turnId });
		return seen.flatMap(({ event }) => (event.type === "attempt-start" ? [event.modelId] : []));
	};

	it("is closed from the soft limit on: refused by name, while auto takes the next tier", async () => {
		await spend("700000000");
		expect(await modelOf((await send("[[sim text=words]] hi", "dear")).turnId)).toEqual(["dear"]);
		expect(await modelOf((await send("[[sim text=words]] hi")).turnId)).toEqual(["dear"]);
		await spend("800000000");
		await expect(send("hi", "dear")).rejects.toMatchObject({
			data: {
				parley: { code: "forbidden", details: { reason: "top_tier", resetsAt: expect.any(String) } },
			},
		});
		expect(await modelOf((await send("[[sim text=words]] hi")).turnId)).toEqual(["cheap"]);
	});
});
