import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ViewerEvent } from "../contract/viewer-event.ts";
import { connectAgain, createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { startTestParley } from "../testing/parley.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;
type Person = Awaited<ReturnType<Parley["signIn"]>>;

const env = { PARLEY_LEASE_MS: "1000", PARLEY_BATCH_ITEMS_PER_USER: "3" };
let db: TestDatabase;
let parley: Parley;
beforeAll(async () => {
	db = await createTestDatabase();
	parley = await startTestParley({ db, env });
});
afterAll(async () => {
	await parley?.close();
	await db?.drop();
});

const quick = (index: number, faults = "") => ({
	text: `[[sim tokens=20,itl=1,text=words${faults}]] item ${index}`,
});
const long = (index: number) => ({ text: `[[sim tokens=2000,itl=10,text=words]] item ${index}` });
const list = <Item>(length: number, make: (index: number) => Item) =>
	Array.from({ length }, (_, index) => make(index));

type Client = Pick<Person, "client">;
async function untilEnd({ client }: Client, batchId: string, ms = 30_000) {
	await expect
		.poll(async () => (await client.batch.get.query({ batchId })).endedAt, { timeout: ms, interval: 100 })
		.not.toBeNull();
	return await client.batch.get.query({ batchId });
}
async function readAll({ client }: Client, batchId: string) {
	const items = [];
	for (let cursor: string | undefined; ; ) {
		const page = await client.batch.results.query({ batchId, cursor, limit: 7 });
		items.push(...page.items);
		if (page.nextCursor === null) return items;
		cursor = page.nextCursor;
	}
}
async function readMoney(userId: string, { sql } = db) {
	const [row] = await sql<{ ledger: string; used: string; held: string; receipts: string; turns: number }[]>`
		select (select coalesce(sum(amount_nano_usd), 0) from ledger where user_id = ${userId} and account = 'user')::text as ledger,
			(select sum(used_nano_usd) from quota_buckets where key like ${`user:${userId}:day:%`})::text as used,
			(select sum(reserved_nano_usd) from quota_buckets where key like ${`user:${userId}:%`})::text as held,
			(select sum((receipt ->> 'costNanoUsd')::bigint) from turns where user_id = ${userId})::text as receipts,
			(select count(*)::int from turns where user_id = ${userId}) as turns`;
	if (!row) throw new Error("One row comes.");
	return row;
}

describe("a batch", () => {
	it("answers every item as a turn of its own, and keeps the list of conversations and the limits of people as they are", async () => {
		const person = await parley.signIn();
		const heard: ViewerEvent[] = [];
		const subscription = person.client.events.follow.subscribe(
			{},
			{ onData: ({ data }) => void heard.push(data) },
		);
		const made = await person.client.batch.create.mutate({ items: list(12, quick), maxOutputTokens: 5 });
		expect(made).toMatchObject({ status: "running", itemCount: 12, pause: null });
		const ended = await untilEnd(person, made.batchId);
		expect(ended).toMatchObject({ status: "complete", counts: { complete: 12 } });
		const items = await readAll(person, made.batchId);
		expect(items.map(({ position }) => position)).toEqual(list(12, (index) => index));
		for (const item of items) {
			expect(item.text?.length).toBeGreaterThan(0);
			expect(item.receipt?.usage?.outputTokens).toBeLessThanOrEqual(5);
		}
		expect((await person.client.threads.list.query({})).threads).toEqual([]);
		expect(heard.filter(({ type }) => type !== "batch-change" && type !== "resync")).toEqual([]);
		await expect.poll(() => heard.length).toBeGreaterThan(1);
		subscription.unsubscribe();
		const money = await readMoney(person.userId);
		expect(money).toMatchObject({ turns: 12, held: "0", ledger: ended.chargedNanoUsd, used: money.ledger });
		const priorities = await db.sql`select distinct priority from turns where user_id = ${person.userId}`;
		expect([...priorities]).toEqual([{ priority: "background" }]);
		// A person who goes on with an answer has it among the conversations.
		const threadId = items[0]?.threadId ?? "";
		await person.client.chat.complete.mutate({ text: "[[sim tokens=1]] go on", threadId });
		expect((await person.client.threads.list.query({})).threads).toMatchObject([{ id: threadId }]);
	});

	it("is one batch however often it is created under one name", async () => {
		const person = await parley.signIn();
		const input = { clientBatchId: "monday", items: list(3, quick) };
		const made = await Promise.all(list(20, () => person.client.batch.create.mutate(input)));
		expect(new Set(made.map(({ batchId }) => batchId)).size).toBe(1);
		await untilEnd(person, made[0]?.batchId ?? "");
		expect((await readMoney(person.userId)).turns).toBe(3);
		await expect(
			person.client.batch.create.mutate({ ...input, items: list(2, quick) }),
		).rejects.toMatchObject({ data: { parley: { code: "idempotency_conflict" } } });
		expect((await person.client.batch.list.query({})).batches).toHaveLength(1);
	});

	it("is not there for anybody else", async () => {
		const [owner, other] = [await parley.signIn(), await parley.signIn()];
		const { batchId } = await owner.client.batch.create.mutate({ items: [quick(0)] });
		const missing = { data: { httpStatus: 404, parley: { code: "not_found" } } };
		await expect(other.client.batch.get.query({ batchId })).rejects.toMatchObject(missing);
		await expect(other.client.batch.results.query({ batchId })).rejects.toMatchObject(missing);
		await expect(other.client.batch.cancel.mutate({ batchId })).rejects.toMatchObject(missing);
		expect((await other.client.batch.list.query({})).batches).toEqual([]);
		await untilEnd(owner, batchId);
	});

	it("works on so many items of one person at a time, beside the streams of the plan", async () => {
		const plan = "single";
		await db.sql`insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers) values (${plan}, 1000, 1, '{small}')`;
		const person = await parley.signIn({ plan });
		const { batchId } = await person.client.batch.create.mutate({ items: list(8, long) });
		const countRunning = async () => (await person.client.batch.get.query({ batchId })).counts.running;
		await expect.poll(countRunning).toBe(3);
		expect(await person.client.chat.complete.mutate({ text: "[[sim tokens=1]] me first" })).toMatchObject({
			status: "complete",
		});
		expect(await countRunning()).toBe(3);
		await person.client.batch.cancel.mutate({ batchId });
		await untilEnd(person, batchId);
	});

	it("begins nothing more once it is cancelled, and keeps and charges what was delivered", async () => {
		const person = await parley.signIn();
		const { batchId } = await person.client.batch.create.mutate({ items: list(10, long) });
		await expect.poll(async () => (await readMoney(person.userId)).turns).toBe(3);
		await new Promise((resolve) => setTimeout(resolve, 300));
		await person.client.batch.cancel.mutate({ batchId });
		const ended = await untilEnd(person, batchId);
		expect(ended).toMatchObject({ status: "cancelled", counts: { stopped: 3, cancelled: 7 } });
		const items = await readAll(person, batchId);
		expect(items[0]?.text).not.toBe("");
		expect(items[9]).toMatchObject({ status: "cancelled", turnId: null, text: null, receipt: null });
		expect(await readMoney(person.userId)).toMatchObject({
			turns: 3,
			held: "0",
			ledger: ended.chargedNanoUsd,
		});
		expect(await person.client.batch.cancel.mutate({ batchId })).toEqual(ended);
	});

	it("waits for a limit and tells its reset, and goes on when the limit is raised", async () => {
		const plan = "sparing";
		await db.sql`insert into plans (id, requests_per_minute, concurrent_streams, requests_per_day, allowed_tiers) values (${plan}, 1000, 3, 4, '{small}')`;
		const person = await parley.signIn({ plan });
		const { batchId } = await person.client.batch.create.mutate({ items: list(6, quick) });
		const get = () => person.client.batch.get.query({ batchId });
		await expect.poll(async () => (await get()).pause?.code, { timeout: 15_000 }).toBe("quota_exceeded");
		const paused = await get();
		expect(paused).toMatchObject({
			status: "paused",
			counts: { complete: 4, waiting: 2 },
			pause: { reason: "requests_per_day" },
		});
		const { limits } = await person.client.usage.limits.query();
		expect(paused.pause?.resetsAt).toBe(limits.find(({ name }) => name === "requests_per_day")?.resetsAt);
		await db.sql`update plans set requests_per_day = 10 where id = ${plan}`;
		await db.sql`update batches set looks_at = now() where id = ${batchId}`;
		expect(await untilEnd(person, batchId)).toMatchObject({
			status: "complete",
			counts: { complete: 6 },
			pause: null,
		});
	});

	it("fails an item that can never be answered, alone", async () => {
		const person = await parley.signIn();
		const { batchId } = await person.client.batch.create.mutate({
			items: [quick(0), { ...quick(1), model: "no-such-model" }, quick(2)],
		});
		expect(await untilEnd(person, batchId)).toMatchObject({ counts: { complete: 2, failed: 1 } });
		expect((await readAll(person, batchId))[1]).toMatchObject({ status: "failed", code: "unknown_model" });
	});

	it("is deleted with its account", async () => {
		const person = await parley.signIn();
		const { batchId } = await person.client.batch.create.mutate({ items: list(5, long) });
		await expect.poll(async () => (await readMoney(person.userId)).turns).toBe(3);
		await person.client.account.delete.mutate({ password: person.password });
		expect([...(await db.sql`select from batch_items where batch_id = ${batchId}`)]).toEqual([]);
		expect([...(await db.sql`select from threads where user_id = ${person.userId}`)]).toEqual([]);
	});
});

describe("a batch of 30 items with faults, whose process dies in the middle", () => {
	it("is finished by another process: every item ends once, and the sums are the ledger's", async () => {
		const stage = await createTestDatabase();
		const faults = [
			"",
			",fault=error-first,times=1",
			",fault=reset@10,times=1",
			",fault=filter-response",
			",fault=eof@5,times=1",
			"",
		];
		const items = list(30, (index) => {
			const fault = faults[index % faults.length] ?? "";
			return {
				text: `[[sim tokens=40,itl=10,text=words,key=k${index}${fault}]] item ${index}`,
			};
		});
		const connection = connectAgain(stage);
		const doomed = await startTestParley({ db: connection, env });
		const { userId, client, cookie } = await doomed.signIn();
		const { batchId } = await client.batch.create.mutate({ items });
		await expect
			.poll(
				async () => {
					const { counts } = await client.batch.get.query({ batchId });
					return counts.running === 3 && (counts.complete ?? 0) >= 8;
				},
				{ timeout: 20_000 },
			)
			.toBe(true);
		// Nothing that it does from now on reaches the database: to everybody else it is dead.
		await connection.close();
		const heir = await startTestParley({ db: stage, env });
		const person = heir.reach(cookie);
		const ended = await untilEnd(person, batchId, 60_000);
		await doomed.close().catch(() => undefined);
		expect(ended.status).toBe("complete");
		const results = await readAll(person, batchId);
		expect(results).toHaveLength(30);
		// Each simulator breaks an answer off once: an item that met both is left with what there is.
		const ends = [["complete"], ["complete"], ["complete", "interrupted"], ["filtered_response"]];
		for (const { status, position } of results)
			expect(ends[position % 6] ?? ["complete", "interrupted"], `item ${position}`).toContain(status);
		const money = await readMoney(userId, stage);
		expect(money).toMatchObject({
			held: "0",
			ledger: ended.chargedNanoUsd,
			receipts: ended.chargedNanoUsd,
			used: money.ledger,
		});
		const names = await stage.sql<{ name: string; turns: number }[]>`
			select split_part(client_message_id, ':', 2) as name, count(*)::int as turns from turns
			where user_id = ${userId} group by 1`;
		expect(names).toHaveLength(30);
		expect(Math.max(...names.map(({ turns }) => turns))).toBeLessThanOrEqual(2);
		const threads = await stage.sql`select from threads where user_id = ${userId}`;
		expect(threads).toHaveLength(30);
		await heir.close();
		await stage.drop();
	}, 90_000);
});
