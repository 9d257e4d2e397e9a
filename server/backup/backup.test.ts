import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectAgain, createBlankDatabase, type TestDatabase } from "../testing/database.ts";
import { startTestParley } from "../testing/parley.ts";
import { createBackup, restoreBackup, toSealKey, verifyBackup } from "./index.ts";

const sealKey = toSealKey("a secret of more than thirty-two characters");

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

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

let files = 0;
const toPath = () => join(folder, `${++files}.backup`);
async function backUp(db: TestDatabase = parley.db, path = toPath()) {
	const { manifest } = await createBackup(db, { path, version: "1.0.0", sealKey });
	return { path, manifest };
}
const restoreInto = (db: TestDatabase, path: string, replaces = false) =>
	restoreBackup(db, { path, replaces, sealKey, acceptsAnySeal: false });

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
			const verified = await verifyBackup(path, sealKey);
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
			expect((await verifyBackup((await backUp(fresh)).path, sealKey)).isExact).toBe(true);
		} finally {
			await fresh.drop();
		}
	});

	it("tells when money in it does not add up, and of whom", async () => {
		const { userId } = await parley.signIn();
		await parley.db.sql`
			insert into quota_buckets (key, used_nano_usd) values (${`user:${userId}:month:2026-11`}, 1)`;
		const { checks, isExact } = await verifyBackup((await backUp()).path, sealKey);
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
			const outcome = await verifyBackup(changed, sealKey).then(
				({ seal }) => seal,
				(error) => error.code,
			);
			// A change within the seal itself leaves a whole file that this server did not seal.
			expect(["conflict", "foreign"]).toContain(outcome);
		};
		const place = fc.oneof(
			fc.nat(bytes.length - 1),
			fc.nat(40),
			fc.nat(150).map((back) => bytes.length - 1 - back),
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
		expect((await verifyBackup(path, sealKey)).isExact).toBe(true);
	});

	it("is sealed: one with right checksums that another key sealed, or none, is not restored by mistake", async () => {
		const seals = {
			valid: sealKey,
			foreign: toSealKey("another secret of more than thirty-two characters"),
			none: null,
		};
		for (const [seal, key] of Object.entries(seals)) {
			const path = toPath();
			await createBackup(parley.db, { path, version: "1.0.0", sealKey: key });
			expect((await verifyBackup(path, sealKey)).seal).toBe(seal);
			expect((await verifyBackup(path, null)).seal).toBe(seal === "none" ? "none" : "unchecked");
			if (seal === "valid") continue;
			const fresh = await createBlankDatabase();
			const refused = { code: "conflict", details: { reason: "backup_seal" } };
			await expect(restoreInto(fresh, path)).rejects.toMatchObject(refused);
			expect(await fresh.sql`select from pg_class where relname = 'users'`).toEqual([]);
			await restoreBackup(fresh, { path, replaces: false, sealKey, acceptsAnySeal: true });
			await fresh.drop();
		}
		const { path } = await backUp();
		const fresh = await createBlankDatabase();
		const unknown = { path, replaces: false, sealKey: null, acceptsAnySeal: false };
		await expect(restoreBackup(fresh, unknown)).rejects.toMatchObject({ details: { reason: "backup_seal" } });
		await fresh.drop();
	});

	it("of before there were seals is read, and says that it has none", async () => {
		const { path } = await backUp();
		const bytes = await readFile(path);
		const older = Buffer.concat([
			Buffer.from("parley-backup 1\n"),
			bytes.subarray("parley-backup 2\n".length, -130),
		]);
		const old = toPath();
		await writeFile(old, Buffer.concat([older, Buffer.from(`${sha256(older)}\n`)]));
		expect(await verifyBackup(old, sealKey)).toMatchObject({ seal: "none", isExact: true });
	});

	it("of another program, of another format, or of no content is refused by name", async () => {
		const path = toPath();
		await writeFile(
			path,
			"PGDMP and so on, a very long text that is not ours at all, longer than any seal of ours",
		);
		await expect(verifyBackup(path, sealKey)).rejects.toThrow("is not a backup of Parley");
		await writeFile(path, "");
		await expect(verifyBackup(path, sealKey)).rejects.toThrow("is not a backup of Parley");
		await writeFile(path, `parley-backup 3\n${"x".repeat(200)}`);
		await expect(verifyBackup(path, sealKey)).rejects.toThrow("format 3; this Parley reads formats 1 and 2");
		await expect(verifyBackup(join(folder, "none"), sealKey)).rejects.toThrow("no such file");
	});
});
