import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUser } from "../../auth/index.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { runProgram } from "../../testing/run-program.ts";

let db: TestDatabase;
const email = "spender@example.com";
let userId: string;
beforeAll(async () => {
	db = await createTestDatabase();
	const person = { email, password: "long enough 1", name: "S", role: "user" } as const;
	userId = (await createUser(db, person)).userId;
});
afterAll(() => db?.drop());

const run = (...words: string[]) => runProgram(words, { env: { DATABASE_URL: db.url } });
const runJson = async (...words: string[]) => {
	const { output, exitCode } = await run(...words, "--json");
	return { exitCode, ...JSON.parse(output) };
};

describe("plans", () => {
	it("are listed and set by name, in dollars, and what was said is in the audit log", async () => {
		const set = await runJson(
			"plan",
			"set",
			"pro",
			"usd-per-day=12.5",
			"requests-per-day=none",
			"receipt=credits",
		);
		expect(set).toMatchObject({
			exitCode: 0,
			id: "pro",
			nanoUsdPerDay: "12500000000",
			requestsPerDay: null,
			receipt: "credits",
			// What was not said stays.
			nanoUsdPerMonth: "100000000000",
			requestsPerMinute: 100,
		});
		const { output } = await run("plan", "list");
		expect(output).toMatch(/pro\s+0\s+100\s+none\s+10\s+10000000\s+12\.50\s+100\.00/);
		const [line] = await db.sql`select actor_id, subject, details from audit_log where action = 'plan.set'`;
		expect(line).toMatchObject({ actor_id: null, subject: "plan:pro" });
		expect(line?.details.nanoUsdPerDay).toEqual({ from: "10000000000", to: "12500000000" });
	});

	it.each([
		["plan", "set"],
		["plan", "set", "pro"],
		["plan", "set", "pro", "usd-per-day"],
		["plan", "set", "pro", "usd-per-day=-1"],
		["plan", "set", "pro", "usd-per-day=1e9"],
		["plan", "set", "pro", "requests-per-minute=none"],
		["plan", "set", "pro", "time-zone=Mars/Olympus"],
		["plan", "set", "pro", "allowed-tiers=huge"],
		["plan", "set", "Pro!", "usd-per-day=1"],
		["plan", "set", "pro", "receipt=cost", "receipt=none"],
		["prices", "set", "m", "input=-1", "output=1"],
		["prices", "set", "m", "input=1"],
		["prices", "set", "m", "input=1", "output=1", "--from", "yesterday"],
		["usage", "report", "--from", "2026-13-01"],
		["usage", "report", "--csv"],
		["usage", "adjust", "--user", email, "--usd=0", "--reason", "x"],
		["usage", "import-invoice"],
		["usage", "import-invoice", "no-such-file.csv"],
		["usage", "import-invoice", "package.json"],
		["usage", "import-invoice", "README.md", "--post"],
		["spending", "pause", "--plan", "free", "--model", "m"],
		["user", "set-plan", "--email", email, "--plan", "nope"],
		["spending", "pause", "--reason", " "],
		["user", "suspend", "--email", email, "--reason", "x".repeat(501)],
		["usage", "recompute", "--reason", " "],
		["usage", "adjust", "--user", email, "--usd=-1", "--reason", " "],
	])("%s %s %s %s %s: exit code 2, words, nothing written", async (...words) => {
		const { exitCode, complaint, output } = await run(...words);
		expect({ exitCode, output }).toEqual({ exitCode: 2, output: "" });
		expect(complaint).toMatch(/\w/);
		expect(complaint).not.toContain("    at ");
	});
});

describe("people", () => {
	it("are put on a plan, suspended and let in again", async () => {
		expect(await runJson("user", "set-plan", "--email", email, "--plan", "pro")).toMatchObject({
			plan: "pro",
		});
		const suspended = await runJson("user", "suspend", "--email", email, "--reason", "unpaid");
		expect(suspended.suspendedAt).toMatch(/^20/);
		expect(await runJson("user", "unsuspend", "--email", email)).toMatchObject({ suspendedAt: null });
		expect((await run("user", "suspend", "--email", "nobody@example.com")).exitCode).toBe(1);
	});
});

describe("prices", () => {
	it("begin at the given time, and models keep their other rows", async () => {
		await run("prices", "set", "m", "input=0.15", "output=0.60");
		const next = await runJson("prices", "set", "m", "input=0.10", "output=0.40", "--from", "2027-01-01");
		expect(next).toMatchObject({ isInForce: false, validFrom: "2027-01-01T00:00:00.000Z", source: "admin" });
		const { prices } = await runJson("prices", "list", "--model", "m");
		expect(prices.map((row: { isInForce: boolean }) => row.isInForce)).toEqual([false, true]);
	});

	it("of cache writes are given, for an hour apart, and follow the input price of long calls", async () => {
		const classes = ["input=3", "cached-input=0.3", "cache-write=3.75", "cache-write-1h=6", "output=15"];
		const { prices } = await runJson("prices", "set", "w", ...classes, "long-above=200000", "long-input=6");
		expect(prices).toMatchObject({ cacheWriteUsdPerMTok: "3.75", cacheWrite1hUsdPerMTok: "6" });
		expect(prices.longContext).toMatchObject({ cacheWriteUsdPerMTok: "7.5", cacheWrite1hUsdPerMTok: "12" });
	});
});

describe("usage", () => {
	it("is printed as a table, as JSON and as the lines of a spreadsheet", async () => {
		const posted = await runJson(
			"usage",
			"adjust",
			"--user",
			email,
			"--usd=-1.25",
			"--reason",
			"=hello()",
			"--grant",
		);
		expect(posted).toMatchObject({ kind: "grant", amountNanoUsd: "-1250000000" });
		const csv = await run("usage", "report", "--user", userId, "--csv");
		expect(csv.output).toMatch(/grant,-1250000000,.*,'=hello\(\),-1\.250000000\n$/s);
		expect((await run("usage", "report", "--user", email)).output).toContain("-1.25");
		const all = await runJson("usage", "report");
		expect(all).toMatchObject({ costNanoUsd: "0", houseNanoUsd: "1250000000" });
		expect((await run("usage", "recompute")).output).toContain("0 of 0 calls differ");
	});
});

describe("an invoice", () => {
	it("is compared, and refused with every row that names no call", async () => {
		const folder = mkdtempSync(join(tmpdir(), "parley-invoice-"));
		const file = join(folder, "november.csv");
		try {
			writeFileSync(file, "requestId,costUsd\nreq_1,0.5\nreq_2,0.25\n");
			const refused = await run("usage", "import-invoice", file);
			expect(refused).toMatchObject({ exitCode: 2, output: "" });
			expect(refused.complaint).toMatch(/row 2: request req_1 .*row 3: request req_2 /s);
			const found = await runJson(
				"usage",
				"import-invoice",
				file,
				"--skip-unknown",
				"--post",
				"--reason",
				"r",
			);
			expect(found).toMatchObject({ exitCode: 0, unknownRows: 2, differenceNanoUsd: "0", isPosted: true });
			expect((await run("usage", "import-invoice", file, "--skip-unknown")).output).toContain(
				"2 rows name no known call",
			);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});

describe("a model that nothing knows", () => {
	const nearly = "test-modle";

	it("cannot be paused, as that would stop nothing; one that was ever called can", async () => {
		const refused = await run("spending", "pause", "--model", nearly);
		expect(refused).toMatchObject({ exitCode: 1, output: "" });
		expect(refused.complaint).toMatch(/There is no model "test-modle"\. Did you mean test-model\?/);
		expect(await db.sql`select from spending_pauses`).toEqual([]);
		expect((await run("spending", "pause", "--model", "test-model")).exitCode).toBe(0);
		await db.sql`
			insert into model_calls (id, turn_id, user_id, attempt, model_id, provider_id, provider_model_id, outcome, input_tokens,
				cached_input_tokens, output_tokens, reasoning_tokens, usage_source, started_at, duration_ms)
			values (gen_random_uuid(), gen_random_uuid(), ${userId}, 1, 'gone', 'p', 'p', 'complete', 1, 0, 1, 0, 'estimate', now(), 1)`;
		expect((await run("spending", "pause", "--model", "gone")).exitCode).toBe(0);
		await db.sql`delete from spending_pauses`;
	});

	it("may be priced and allowed, as it may be configured later, with a warning that names the nearest", async () => {
		const words = /Warning: no model "test-modle" is known\. Did you mean test-model\?/;
		const allowed = await run("plan", "set", "own", `allowed-models=test-model,${nearly}`);
		expect(allowed).toMatchObject({ exitCode: 0, complaint: expect.stringMatching(words) });
		const priced = await run("prices", "set", nearly, "input=1", "output=2");
		expect(priced).toMatchObject({ exitCode: 0, complaint: expect.stringMatching(words) });
		const again = await run("prices", "set", nearly, "input=1", "output=3");
		expect(again).toMatchObject({ exitCode: 0, complaint: "" });
	});
});

describe("spending", () => {
	it("is paused and resumed for all, a plan, a user or a model", async () => {
		expect(await runJson("spending", "pause", "--user", email)).toMatchObject({ scope: `user:${userId}` });
		expect(await runJson("spending", "pause")).toMatchObject({ scope: "all" });
		const resumed = await runJson("spending", "resume");
		expect(resumed.pauses.map(({ scope }: { scope: string }) => scope)).toEqual([`user:${userId}`]);
		expect((await run("spending", "resume", "--model", "m")).exitCode).toBe(1);
		expect((await run("spending", "list")).output).toContain(`user:${userId}`);
		expect((await run("spending", "resume", "--user", email)).exitCode).toBe(0);
	});
});
