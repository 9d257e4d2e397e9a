import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { runProgram } from "../../testing/run-program.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
	await run("user create --email ada@example.com --role user --password -", "a long enough secret");
});
afterAll(() => db?.drop());

const run = (words: string, text?: string) =>
	runProgram(words.split(" "), { text, env: { DATABASE_URL: db.url } });

it("keys are made, listed without their secret, rotated and revoked", async () => {
	const made = await run(
		"key create --email ada@example.com --name robot --scopes chat:write,usage:read --days 30 --usd-per-month 1.50 --json",
	);
	const key = JSON.parse(made.output);
	expect(key).toMatchObject({ scopes: ["chat:write", "usage:read"], nanoUsdPerMonth: "1500000000" });
	const listed = await run("key list --email ada@example.com");
	expect(listed.output).toMatch(/ada@example\.com\s+robot\s+chat:write,usage:read\s+\S+\s+\S+\s+1\.50$/m);
	expect(listed.output).not.toContain(key.key);
	const rotated = await run(`key rotate ${key.publicId} --overlap-hours 0`);
	expect(rotated).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^parley_\w+\n$/) });
	expect(rotated.output.trim()).not.toBe(key.key);
	expect(await run(`key revoke ${key.keyId}`)).toMatchObject({ exitCode: 0 });
	const [{ revokedAt }] = JSON.parse((await run("key list --json")).output);
	expect(Date.parse(revokedAt)).toBeGreaterThan(0);
	const audit =
		await db.sql`select action from audit_log where subject = ${`key:${key.publicId}`} order by id`;
	expect(audit.map(({ action }) => action)).toEqual(["key.create", "key.rotate", "key.revoke"]);
});

it.each([
	["key create --email ada@example.com", 2, "--name"],
	["key create --email ada@example.com --name x --scopes all", 2, "--scopes"],
	["key create --email ada@example.com --name x --usd-per-month lots", 2, "--usd-per-month"],
	["key create --email none@example.com --name x", 1, "none@example.com"],
	["key rotate", 2, "Name one key"],
	["key revoke nothing", 1, "nothing"],
])("%s is refused with exit code %i", async (words, exitCode, named) => {
	expect(await run(words)).toMatchObject({ exitCode, complaint: expect.stringContaining(named) });
});
