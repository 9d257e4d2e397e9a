import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createBackup, restoreBackup, verifyBackup } from "../backup/index.ts";
import { connectAgain, createBlankDatabase, createTestDatabase } from "../testing/database.ts";
import { startTestParley } from "../testing/parley.ts";

const env = { PARLEY_LEASE_MS: "1000" };

it("a batch goes on after its database was restored from a backup: what had ended stays, the rest is answered once", async () => {
	const folder = await mkdtemp(join(tmpdir(), "parley-batch-test-"));
	const path = join(folder, "one.backup");
	const db = await createTestDatabase();
	const before = await startTestParley({ db, env });
	const person = await before.signIn();
	const items = Array.from({ length: 8 }, (_, index) => ({
		text: `[[sim tokens=20,itl=10,text=words]] item ${index}`,
	}));
	const { batchId } = await person.client.batch.create.mutate({ items });
	await expect
		.poll(async () => (await person.client.batch.get.query({ batchId })).counts.complete ?? 0, {
			timeout: 15_000,
		})
		.toBeGreaterThan(1);
	await createBackup(db, { path, version: "1.0.0", sealKey: null });
	await person.client.batch.cancel.mutate({ batchId });
	await before.close();

	const fresh = await createBlankDatabase();
	expect((await verifyBackup(path, null)).checks.filter(({ isEqual }) => !isEqual)).toEqual([]);
	await restoreBackup(fresh, { path, replaces: false, sealKey: null, acceptsAnySeal: true });
	const after = await startTestParley({ db: connectAgain(fresh), env });
	// A restored database knows no session: everybody signs in again.
	const read = () => after.services.batches.get(person.userId, batchId);
	await expect.poll(async () => (await read()).endedAt, { timeout: 30_000, interval: 100 }).not.toBeNull();
	const ended = await read();
	expect(ended).toMatchObject({ status: "complete", counts: { complete: 8 } });
	const [money] = await fresh.sql<{ ledger: string; threads: number }[]>`
		select sum(amount_nano_usd)::text as ledger, (select count(*)::int from threads) as threads
		from ledger where account = 'user'`;
	expect(money).toEqual({ ledger: ended.chargedNanoUsd, threads: 8 });
	await after.close();
	await fresh.drop();
	await db.drop();
	await rm(folder, { recursive: true, force: true });
});

it("a batch is left to others by a process that drains", async () => {
	const stage = await createTestDatabase();
	const draining = await startTestParley({ db: stage, env });
	const { userId } = await draining.signIn();
	await draining.services.chat.drain(0);
	const items = Array.from({ length: 5 }, () => ({ text: "Hello" }));
	const { batchId } = await draining.services.batches.create(userId, { clientBatchId: "late", items });
	await new Promise((resolve) => setTimeout(resolve, 1_500));
	const [row] = await stage.sql<{ claims: number }[]>`select sum(claims)::int as claims from batch_items`;
	expect(row?.claims).toBeLessThanOrEqual(3);
	expect(await draining.services.batches.get(userId, batchId)).toMatchObject({ counts: { waiting: 5 } });
	await draining.close();
	await stage.drop();
});
