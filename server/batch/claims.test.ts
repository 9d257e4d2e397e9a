import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUser } from "../auth/index.ts";
import type { TurnId, UserId } from "../contract/ids.ts";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { cancelBatch } from "./cancel-batch.ts";
import { type ClaimedItem, claimItems, claimLock, renewItems } from "./claim-items.ts";
import { createBatch } from "./create-batch.ts";
import { readBatch } from "./read-batch.ts";
import { noteTurn, settleItem } from "./settle-item.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase({ poolMax: 12 });
});
afterAll(() => db?.drop());
beforeEach(async () => {
	await db.sql`truncate batches cascade`;
});

let people = 0;
async function createOwner(): Promise<UserId> {
	const email = `owner${++people}@example.com`;
	return (await createUser(db, { email, password: "a good long password", role: "user" })).userId;
}
async function createWaiting(userId: UserId, items: number, clientBatchId: string = crypto.randomUUID()) {
	const texts = Array.from({ length: items }, (_, index) => ({ text: `item ${index}` }));
	return (await createBatch(db, userId, { clientBatchId, items: texts })).batchId;
}
const limits = { items: 10, perUser: 5, leaseMs: 60_000 };
const claim = (changed: Partial<typeof limits> = {}) => claimItems(db, { ...limits, ...changed });
const expireLeases = () => db.sql`update batch_items set lease_expires_at = now() - interval '1 second'`;
const readItems = () => db.sql<
	{ position: number; status: string; claims: number; turnId: string | null; leaseMs: number | null }[]
>`
	select position, status, claims, turn_id as "turnId",
		(extract(epoch from lease_expires_at - now()) * 1000)::int as "leaseMs"
	from batch_items order by batch_id, position`;
const complete = { do: "end", status: "complete", code: null } as const;
const release = { do: "release", afterMs: 0, pause: null } as const;

async function takeOver(): Promise<{ old: ClaimedItem; current: ClaimedItem }> {
	const [old] = await claim();
	await expireLeases();
	const [current] = await claim();
	if (!old || !current) throw new Error("The one item can be claimed twice.");
	expect([old.itemId, old.claim, current.claim]).toEqual([current.itemId, 1, 2]);
	return { old, current };
}

describe("an item that another process has claimed since", () => {
	it("is not ended by the old claim, and its batch counts it once", async () => {
		const userId = await createOwner();
		const batchId = await createWaiting(userId, 1);
		const { old, current } = await takeOver();
		expect(await settleItem(db.sql, old, complete)).toBe(false);
		expect(await readItems()).toMatchObject([{ status: "running", claims: 2 }]);
		expect((await readBatch(db.sql, userId, batchId)).endedAt).toBeNull();
		expect(await settleItem(db.sql, current, complete)).toBe(true);
		expect(await settleItem(db.sql, current, complete)).toBe(false);
		expect(await readBatch(db.sql, userId, batchId)).toMatchObject({ status: "complete" });
		const [row] = await db.sql`select open_items from batches`;
		expect(row).toEqual({ open_items: 0 });
	});

	it("is not released by the old claim, which would let a third process begin it", async () => {
		await createWaiting(await createOwner(), 1);
		const { old } = await takeOver();
		expect(await settleItem(db.sql, old, release)).toBe(false);
		expect(await readItems()).toMatchObject([{ status: "running" }]);
		expect(await claim()).toEqual([]);
	});

	it("keeps the turn of the current claim", async () => {
		await createWaiting(await createOwner(), 1);
		const { old, current } = await takeOver();
		const [first, second] = [crypto.randomUUID(), crypto.randomUUID()] as [TurnId, TurnId];
		await noteTurn(db.sql, current, second);
		await noteTurn(db.sql, old, first);
		expect(await readItems()).toMatchObject([{ turnId: second }]);
	});

	it("has its lease renewed by its own process alone", async () => {
		await createWaiting(await createOwner(), 1);
		const { old, current } = await takeOver();
		await renewItems(db.sql, [old], 3_600_000);
		const [untouched] = await readItems();
		expect(untouched?.leaseMs).toBeLessThanOrEqual(60_000);
		await renewItems(db.sql, [current], 3_600_000);
		const [renewed] = await readItems();
		expect(renewed?.leaseMs).toBeGreaterThan(3_500_000);
	});

	it("has no lease renewed once it has ended", async () => {
		await createWaiting(await createOwner(), 1);
		const [item] = await claim();
		if (!item) throw new Error("The item can be claimed.");
		await settleItem(db.sql, item, complete);
		await renewItems(db.sql, [item], 60_000);
		expect(await readItems()).toMatchObject([{ status: "complete", leaseMs: null }]);
	});
});

describe("claiming", () => {
	it("takes no item while another process claims", async () => {
		await createWaiting(await createOwner(), 2);
		await db.sql.begin(async (other) => {
			await other`select pg_advisory_xact_lock(${claimLock}::bigint)`;
			expect(await claim()).toEqual([]);
		});
		expect(await claim()).toHaveLength(2);
	});

	it("by many processes at once never exceeds a person's limit, and gives no item to two", async () => {
		await createWaiting(await createOwner(), 30);
		await createWaiting(await createOwner(), 30);
		for (let round = 0; round < 5; round++) {
			await Promise.all(Array.from({ length: 10 }, () => claim({ perUser: 3 })));
			expect((await readItems()).filter(({ status }) => status === "running").length).toBeLessThanOrEqual(6);
		}
		const items = await readItems();
		expect(items.filter(({ status }) => status === "running")).toHaveLength(6);
		expect(items.every(({ claims }) => claims <= 1)).toBe(true);
	});

	it("passes over people who are suspended, also with items of a process that died, until they are active again", async () => {
		const [suspended, other] = [await createOwner(), await createOwner()];
		await createWaiting(suspended, 2);
		const held = await claim({ items: 1 });
		await createWaiting(other, 1);
		await db.sql`update users set suspended_at = now() where id = ${suspended}`;
		await expireLeases();
		expect((await claim()).map(({ userId }) => userId)).toEqual([other]);
		await db.sql`update users set suspended_at = null where id = ${suspended}`;
		const again = await claim();
		expect(again.map(({ userId }) => userId)).toEqual([suspended, suspended]);
		expect(again.map(({ itemId }) => itemId)).toContain(held[0]?.itemId);
	});

	it("leaves a batch alone that waits for a limit, and an item alone whose lease lasts", async () => {
		await createWaiting(await createOwner(), 2);
		const [item] = await claim({ items: 1 });
		if (!item) throw new Error("One item can be claimed.");
		expect(await claim({ items: 1 })).toHaveLength(1);
		expect(await claim()).toEqual([]);
		const pause = { code: "quota_exceeded", reason: null, resetsAt: null };
		await settleItem(db.sql, item, { do: "release", afterMs: 60_000, pause });
		expect(await claim()).toEqual([]);
	});
});

describe("a running item", () => {
	it("must stop when its owner was suspended or its batch cancelled after the claim", async () => {
		for (const end of ["suspend", "cancel"] as const) {
			const userId = await createOwner();
			const batchId = await createWaiting(userId, 1);
			const [item] = await claim();
			if (!item) throw new Error("The item can be claimed.");
			const turnId = crypto.randomUUID() as TurnId;
			expect(await noteTurn(db.sql, item, turnId)).toEqual({ mustStop: false });
			if (end === "suspend") await db.sql`update users set suspended_at = now() where id = ${userId}`;
			else expect(await cancelBatch(db, userId, batchId)).toEqual({ turnIds: [turnId] });
			expect(await noteTurn(db.sql, item, turnId)).toEqual({ mustStop: true });
		}
	});
});

describe("the limit of open batches", () => {
	it("holds however many are created at once", async () => {
		const userId = await createOwner();
		const outcomes = await Promise.allSettled(
			Array.from({ length: 40 }, (_, index) => createWaiting(userId, 1, `batch ${index}`)),
		);
		expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
		for (const outcome of outcomes)
			if (outcome.status === "rejected")
				expect(outcome.reason).toMatchObject({ code: "rate_limited", details: { limit: "open_batches" } });
		const [row] = await db.sql`select count(*)::int as open from batches where ended_at is null`;
		expect(row).toEqual({ open: 20 });
	});

	it("counts no batch that has ended, and lets an earlier request be repeated", async () => {
		const userId = await createOwner();
		const first = await createWaiting(userId, 1, "first");
		for (let index = 1; index < 20; index++) await createWaiting(userId, 1);
		await expect(createWaiting(userId, 1)).rejects.toMatchObject({ code: "rate_limited" });
		expect(await createWaiting(userId, 1, "first")).toBe(first);
		await cancelBatch(db, userId, first);
		await createWaiting(userId, 1);
	});

	it("of one name at once makes one batch, with all of its items", async () => {
		const userId = await createOwner();
		const ids = await Promise.all(Array.from({ length: 10 }, () => createWaiting(userId, 3, "same")));
		expect(new Set(ids).size).toBe(1);
		expect(await readItems()).toHaveLength(3);
	});
});
