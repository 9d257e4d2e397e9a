import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUser } from "../../auth/index.ts";
import { createBlankDatabase, createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { runProgram } from "../../testing/run-program.ts";

const authSecret = "s".repeat(40);
let folder: string;
let file: string;
let db: TestDatabase;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "parley-backup-cli-"));
	file = join(folder, "one.backup");
	db = await createTestDatabase();
	await createUser(db, { email: "ada@example.com", password: "long enough 1", role: "admin" });
	expect(await run("backup", "create", "--to", file)).toMatchObject({ exitCode: 0, complaint: "" });
});
afterAll(async () => {
	await db?.drop();
	await rm(folder, { recursive: true, force: true });
});

const runOn = (given: TestDatabase, ...words: string[]) =>
	runProgram(words, { env: { DATABASE_URL: given.url, PARLEY_DATA_DIR: folder, AUTH_SECRET: authSecret } });
const run = (...words: string[]) => runOn(db, ...words);

describe("backup", () => {
	it("creates, verifies and restores", { timeout: 60_000 }, async () => {
		const verified = await run("backup", "verify", file);
		expect(verified).toMatchObject({ exitCode: 0, complaint: "" });
		expect(verified.output).toMatch(/\nusers +1 +[0-9a-f]{16}\n/);
		expect(verified.output).toContain("is whole, and its money adds up");
		const fresh = await createBlankDatabase();
		try {
			expect(await runOn(fresh, "backup", "restore", file)).toMatchObject({ exitCode: 0, complaint: "" });
			const { output } = await runOn(fresh, "user", "list");
			expect(output).toContain("ada@example.com");
			const again = await runOn(fresh, "backup", "restore", file);
			expect(again).toMatchObject({ exitCode: 1, output: "" });
			expect(again.complaint).toMatch(/^The database has 1 accounts.*--replace.*\n$/);
			expect(await runOn(fresh, "backup", "restore", file, "--replace")).toMatchObject({ exitCode: 0 });
		} finally {
			await fresh.drop();
		}
	});

	it("is verified as this server's own, and restored from elsewhere only if that is said", async () => {
		expect((await run("backup", "verify", file)).output).toContain("Its seal is valid: this server wrote it");
		const env = { DATABASE_URL: db.url, AUTH_SECRET: "x".repeat(32) };
		const elsewhere = (...words: string[]) => runProgram(words, { env });
		const foreign = await elsewhere("backup", "verify", file);
		expect(foreign).toMatchObject({ exitCode: 1, output: "" });
		expect(foreign.complaint).toContain("Its seal is NOT valid");
		const refused = await elsewhere("backup", "restore", file, "--replace");
		expect(refused).toMatchObject({ exitCode: 1, output: "" });
		expect(refused.complaint).toMatch(/sealed by a server with another AUTH_SECRET\. With --any-seal/);
		const keyless = { env: { DATABASE_URL: db.url, PARLEY_DATA_DIR: join(folder, "none") } };
		const unsealed = join(folder, "unsealed.backup");
		const made = await runProgram(["backup", "create", "--to", unsealed], keyless);
		expect(made).toMatchObject({ exitCode: 0, complaint: expect.stringContaining("Warning: not sealed") });
		expect((await runProgram(["backup", "verify", file], keyless)).output).toContain("was not checked");
		expect((await run("backup", "verify", unsealed)).output).toContain("It has no seal");
	});

	it("goes into the data folder by default, under the instant", async () => {
		expect((await run("backup", "create")).exitCode).toBe(0);
		const [name] = await readdir(join(folder, "backups"));
		expect(name).toMatch(/^parley-20\d\d-\d\d-\d\dT\d\d-\d\d-\d\dZ\.backup$/);
	});

	it("has nothing to say of a database that no Parley used", async () => {
		const blank = await createBlankDatabase();
		try {
			const { exitCode, complaint } = await runOn(blank, "backup", "create", "--to", join(folder, "none"));
			expect(exitCode).toBe(1);
			expect(complaint).toBe("There is nothing to back up: no Parley has used this database\n");
			expect(await blank.sql`select from pg_class where relname = 'users'`).toEqual([]);
		} finally {
			await blank.drop();
		}
	});

	it("answers what cannot be read or written in one line with exit code 1", { timeout: 60_000 }, async () => {
		const bytes = await readFile(file);
		const [cut, flipped, foreign] = ["cut", "flipped", "foreign"].map((name) => join(folder, name));
		await writeFile(cut ?? "", bytes.subarray(0, bytes.length / 2));
		const other = Buffer.from(bytes);
		other[other.length >> 1] = (other[other.length >> 1] ?? 0) ^ 1;
		await writeFile(flipped ?? "", other);
		await writeFile(foreign ?? "", "-- PostgreSQL database dump\n".repeat(9));
		for (const [words, reason] of [
			[["verify", cut], /is damaged/],
			[["verify", flipped], /is damaged/],
			[["verify", foreign], /is not a backup of Parley/],
			[["verify", join(folder, "absent")], /no such file/],
			[["verify", folder], /this is a folder/],
			[["restore", cut, "--replace"], /is damaged/],
			[["restore", foreign, "--replace"], /is not a backup of Parley/],
			[["create", "--to", file], /never replaces another/],
			[["create", "--to", join(folder, "no", "such", "folder")], /no such file or folder/],
		] as const) {
			const { exitCode, complaint, output } = await run("backup", ...words.map(String));
			expect({ exitCode, output }).toEqual({ exitCode: 1, output: "" });
			expect(complaint).toMatch(reason);
			expect(complaint.trimEnd()).not.toContain("\n");
		}
		expect(await db.sql`select email from users`).toEqual([{ email: "ada@example.com" }]);
		expect((await run("backup", "verify")).exitCode).toBe(2);
	});

	it("that finds no space for a file keeps nothing of it", async () => {
		const target = join(folder, "too-large.backup");
		const words = `ulimit -f 1; exec "$0" server/cli/main.ts backup create --to "$1"`;
		await db.sql`insert into audit_log (id, action, subject) select gen_random_uuid(), 'x', gen_random_uuid()::text
			from generate_series(1, 30000)`;
		const child = spawn("sh", ["-c", words, process.execPath, target], {
			env: { PATH: process.env.PATH, NODE_ENV: "test", NODE_NO_WARNINGS: "1", DATABASE_URL: db.url },
		});
		const [complaint, exitCode] = await Promise.all([
			text(child.stderr),
			new Promise((resolve) => child.once("close", resolve)),
		]);
		expect({ exitCode, complaint }).toMatchObject({
			exitCode: 1,
			complaint: expect.stringMatching(/^\/.*too-large\.backup: .*nothing was kept\n$/),
		});
		expect((await readdir(folder)).filter((name) => name.includes("too-large"))).toEqual([]);
	});
});
