import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectAgain, createBlankDatabase, type TestDatabase } from "../testing/database.ts";
import { startTestParley } from "../testing/parley.ts";
import { createBackup, restoreBackup, verifyBackup } from "./index.ts";

let folder: string;
let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "parley-backup-test-"));
	parley = await startTestParley();
});
afterAll(async () => {
	await parley?.close();
	await rm(folder, { recursive: true, force: true });
});

let files = 0;
const toPath = () => join(folder, `${++files}.backup`);
async function backUp(db: TestDatabase = parley.db, path = toPath()) {
	const { manifest } = await createBackup(db, { path, version: "1.0.0" });
	return { path, manifest };
}
const restoreInto = (db: TestDatabase, path: string, replaces = false) =>
	restoreBackup(db, { path, replaces });

/** What the books say; everything that I1 to I3 speak of. */
async function readBooks({ sql }: TestDatabase) {
	const [row] = await sql<
		{ ledger: string; calls: string; people: string; days: string; months: string; held: string }[]
	>`
		select (select coalesce(sum(amount_nano_usd), 0) from ledger)::text as ledger,
			(select coalesce(sum(cost_nano_usd), 0) from model_calls)::text as calls,
			(select coalesce(sum(amount_nano_usd), 0) from ledger where account = 'user')::text as people,
			(select coalesce(sum(used_nano_usd), 0) from quota_buckets where key like 'user:%:day:%')::text as days,
			(select coalesce(sum(used_nano_usd), 0) from quota_buckets where key like 'user:%:month:%')::text as months,
			(select coalesce(sum(reserved_nano_usd), 0) from quota_buckets)::text as held`;
	if (!row) throw new Error("A select without a table has a row.");
	return row;
}

describe("a backup that is made while answers are being written", () => {
	it("is of one instant; restored, its money is exact, and what was running ends as interrupted", {
		timeout: 60_000,
	}, async () => {
		const person = await parley.signIn();
		const send = (text: string) =>
			person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text });
		let isOver = false;
		const endless = async () => {
			while (!isOver) await person.follow(await send("[[sim tokens=12,itl=1,text=words]] go"));
		};
		const load = [endless(), endless(), endless()];
		const slow = await Promise.all([1, 2, 3].map(() => send("[[sim tokens=4000,itl=20,text=words]] slowly")));
		// Three answers have begun, others come and go.
		await expect
			.poll(async () => (await parley.db.sql`select from turns where status = 'complete'`).length, {
				timeout: 20_000,
			})
			.toBeGreaterThan(5);
		const made = [await backUp(), await backUp(), await backUp()];
		isOver = true;
		for (const { turnId } of slow) await person.client.chat.stop.mutate({ turnId });
		await Promise.all(load);

		for (const { path } of made) {
			const verified = await verifyBackup(path);
			expect(verified.checks.filter(({ isEqual }) => !isEqual)).toEqual([]);
			expect(verified.runningTurns).toBeGreaterThanOrEqual(3);
		}
		const { path, manifest } = made[1] ?? made[0] ?? (await backUp());
		const fresh = await createBlankDatabase();
		try {
			await restoreInto(fresh, path);
			const before = await readBooks(fresh);
			expect(Object.values(manifest.ledgerNanoUsd).reduce((sum, one) => sum + BigInt(one), 0n)).toBe(
				BigInt(before.ledger),
			);
			expect(BigInt(before.held)).toBeGreaterThan(0n);
			const open = await fresh.sql`select id from turns where status = 'running'`;
			parley.upstream.reset();
			const second = await startTestParley({
				db: connectAgain(fresh),
			});
			await expect
				.poll(async () => (await fresh.sql`select from turns where status = 'running'`).length)
				.toBe(0);
			await second.close();
			const ended = await fresh.sql`
				select distinct status, code from turns where id = any(${open.map(({ id }) => id)}::uuid[])`;
			expect(ended).toEqual([{ status: "interrupted", code: "stream_interrupted" }]);
			expect(second.upstream.requests()).toEqual([]);
			const after = await readBooks(fresh);
			expect(after).toMatchObject({
				calls: after.ledger,
				days: after.people,
				months: after.people,
				held: "0",
			});
			expect(BigInt(after.people)).toBeGreaterThan(BigInt(before.people));
			expect((await verifyBackup((await backUp(fresh)).path)).isExact).toBe(true);
		} finally {
			await fresh.drop();
		}
	});

	it("tells when money in it does not add up, and of whom", async () => {
		const { userId } = await parley.signIn();
		await parley.db.sql`
			insert into quota_buckets (key, used_nano_usd) values (${`user:${userId}:month:2026-11`}, 1)`;
		const { checks, isExact } = await verifyBackup((await backUp()).path);
		expect(isExact).toBe(false);
		expect(checks.filter(({ isEqual }) => !isEqual)).toMatchObject([
			{ what: "people: ledger = used, by month", first: userId },
		]);
		await parley.db.sql`delete from quota_buckets where key like ${`user:${userId}:%`}`;
	});
});

describe("a file", () => {
	it("is for its owner's eyes only, has its name only once it is whole, and replaces no other", async () => {
		const { path } = await backUp();
		expect((await stat(path)).mode & 0o777).toBe(0o600);
		await expect(backUp(parley.db, path)).rejects.toMatchObject({ code: "conflict" });
		await expect(backUp(parley.db, folder)).rejects.toThrow("this is a folder");
		await expect(backUp(parley.db, join(folder, "no", "such"))).rejects.toThrow("no such file or folder");
		expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
	});

	it("gives any changed, missing or added byte away", async () => {
		const { path } = await backUp();
		const bytes = await readFile(path);
		const changed = toPath();
		const isFound = async (other: Buffer) => {
			await writeFile(changed, other);
			await expect(verifyBackup(changed)).rejects.toMatchObject({ code: "conflict" });
		};
		const place = fc.oneof(
			fc.nat(bytes.length - 1),
			fc.nat(40),
			fc.nat(80).map((back) => bytes.length - 1 - back),
		);
		await fc.assert(
			fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, bits) => {
				const other = Buffer.from(bytes);
				other[at] = (other[at] ?? 0) ^ bits;
				await isFound(other);
			}),
			{ numRuns: 300 },
		);
		await fc.assert(
			fc.asyncProperty(fc.nat(bytes.length - 1), (length) => isFound(bytes.subarray(0, length))),
			{ numRuns: 60 },
		);
		await isFound(Buffer.concat([bytes, Buffer.from("\n")]));
		expect((await verifyBackup(path)).isExact).toBe(true);
	});

	it("of somebody else, of another format, or of no content is refused by name", async () => {
		const path = toPath();
		await writeFile(
			path,
			"PGDMP and so on, a very long text that is not ours at all, longer than any seal of ours",
		);
		await expect(verifyBackup(path)).rejects.toThrow("is not a backup of Parley");
		await writeFile(path, "");
		await expect(verifyBackup(path)).rejects.toThrow("is not a backup of Parley");
		await writeFile(path, `parley-backup 2\n${"x".repeat(200)}`);
		await expect(verifyBackup(path)).rejects.toThrow("format 2; this Parley reads format 1");
		await expect(verifyBackup(join(folder, "none"))).rejects.toThrow("no such file");
	});
});
