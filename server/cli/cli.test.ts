import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { runProgram, spawnProgram } from "../testing/run-program.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db.drop());

/** On the database of this test. */
const run = (
	words: string[],
	input: { env?: Record<string, string>; text?: string; password?: string } = {},
) => runProgram(words, { ...input, env: { DATABASE_URL: db.url, ...input.env } });

describe("the command line", () => {
	it("creates accounts and lists them, and never prints a password", async () => {
		const words = "user create --email ada@example.com --role admin --plan pro --json --password -".split(
			" ",
		);
		const env = { DATABASE_URL: db.url };
		const made = await spawnProgram(words, { env, text: "a long enough secret\n" });
		expect(made).toMatchObject({ exitCode: 0, complaint: "" });
		expect(JSON.parse(made.output)).toMatchObject({ email: "ada@example.com", role: "admin", plan: "pro" });
		const listed = await run(["user", "list"]);
		expect(listed.output).toMatch(/ada@example\.com\s+ada\s+admin\s+pro/);
		expect(made.output + listed.output).not.toContain("secret");
	});

	it("takes a password from the input or a terminal; on the command line it works with a warning", async () => {
		const words = "user create --role user --email".split(" ");
		const visible = await run([...words, "visible@example.com", "--password", "long enough 1"]);
		expect(visible).toMatchObject({
			exitCode: 0,
			complaint: expect.stringMatching(/^Warning: a password on/),
		});
		const piped = await run([...words, "piped@example.com", "--password", "-"], { text: "long enough 1\n" });
		expect(piped).toMatchObject({ exitCode: 0, complaint: "" });
		const absent = await run([...words, "absent@example.com"]);
		expect(absent).toMatchObject({ exitCode: 2, complaint: expect.stringContaining("--password -") });
		const asked = await run([...words, "asked@example.com"], { password: "long enough 1" });
		expect(asked).toMatchObject({ exitCode: 0, complaint: "" });
	});

	it("refuses an address that is taken with exit code 1 and a code for programs", async () => {
		const words = [
			"user",
			"create",
			"--email",
			"twin@example.com",
			"--password",
			"long enough 1",
			"--role",
			"user",
		];
		expect(await run(words)).toMatchObject({ exitCode: 0 });
		const again = await run([...words, "--json"]);
		expect(again.exitCode).toBe(1);
		expect(JSON.parse(again.output)).toMatchObject({ error: { code: "conflict" } });
	});

	it("hands out a link for a new password to an account that exists", async () => {
		await run([
			"user",
			"create",
			"--email",
			"lost@example.com",
			"--password",
			"long enough 1",
			"--role",
			"user",
		]);
		const link = await run(["user", "reset-link", "--email", "LOST@example.com"]);
		expect(link.output).toMatch(/^http:\/\/localhost:3000\/reset\?token=\S{40,}\n$/);
		expect((await run(["user", "reset-link", "--email", "nobody@example.com"])).exitCode).toBe(1);
	});

	it("masks secrets and names the source of each setting, as a program of its own", async () => {
		const { output, exitCode } = await spawnProgram(["config", "print", "--json"], {
			env: { DATABASE_URL: db.url, AUTH_SECRET: "k".repeat(32), PORT: "4000" },
		});
		expect(exitCode).toBe(0);
		const settings: { name: string }[] = JSON.parse(output);
		expect(settings).toContainEqual({ name: "PORT", value: "4000", source: "environment" });
		expect(settings).toContainEqual({ name: "AUTH_SECRET", value: "********", source: "environment" });
		expect(output).not.toContain("kkkk");
		expect(output).not.toContain(db.url);
	});

	it.each([
		[["nonsense"]],
		[["user", "create", "--emial", "a@example.com"]],
		[["user", "create", "--email", "a@example.com", "--password", "long enough 1", "--role", "king"]],
		[["user", "list", "surplus"]],
		["user create --email on@example.com --password long-enough-1 --role user --plan pr0".split(" ")],
	])("answers %j with exit code 2 and words", async (words) => {
		const { exitCode, complaint, output } = await run(words);
		expect(exitCode).toBe(2);
		expect(complaint).not.toBe("");
		expect(complaint).not.toContain("    at ");
		expect(output).toBe("");
	});

	it("answers settings with mistakes with exit code 78 and all of them", async () => {
		const { exitCode, complaint } = await run(["user", "list"], { env: { PORT: "x", PARLEY_SIGNUP: "on" } });
		expect(exitCode).toBe(78);
		expect(complaint).toContain("PORT: must be a whole number");
		expect(complaint).toContain("Did you mean PARLEY_SIGN_UP?");
	});

	it("says which database does not answer", async () => {
		const { exitCode, complaint } = await run(["user", "list"], {
			env: { DATABASE_URL: "postgres://me:hidden@127.0.0.1:1/chat" },
		});
		expect(exitCode).toBe(1);
		expect(complaint).toMatch(/database at 127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)/);
		expect(complaint).not.toContain("hidden");
	});
});
