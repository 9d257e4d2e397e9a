import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestBreakers, onlyUser, toDeployment } from "../../testing/breakers.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { runProgram } from "../../testing/run-program.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db?.drop());
const run = (...words: string[]) => runProgram(words, { env: { DATABASE_URL: db.url } });

it("breakers are listed, opened and closed, and running servers obey", async () => {
	const server = createTestBreakers(db);
	const admit = async () => (await server.admit(toDeployment("test/test-model"), onlyUser)).isAdmitted;
	expect(await admit()).toBe(true);
	expect((await run("breakers", "list")).output).toBe("Every breaker is closed.\n");
	expect(await run("breakers", "open", "test/test-model", "--reason", "tired")).toMatchObject({
		exitCode: 0,
		output: "Open: test/test-model\n",
	});
	await expect.poll(admit, { timeout: 1_000 }).toBe(false);
	expect((await run("breakers", "list")).output).toMatch(/test\/test-model\s+open \(manually\)\s+20/);
	const { output } = await run("breakers", "list", "--json");
	expect(JSON.parse(output)).toMatchObject([{ key: "test/test-model", state: "open", isHeld: true }]);
	expect((await run("breakers", "close", "test/test-model")).exitCode).toBe(0);
	expect((await run("breakers", "close", "test/test-model")).exitCode).toBe(1);
	await expect.poll(admit, { timeout: 1_000 }).toBe(true);
	await server.end();
	const lines = await db.sql`select action, actor_id from audit_log order by id`;
	expect(lines).toMatchObject([
		{ action: "breaker.open", actor_id: null },
		{ action: "breaker.close", actor_id: null },
	]);
});

it.each([
	[["breakers", "open", "test/tset-model"], 1],
	[["breakers", "open"], 2],
	[["breakers", "close", "one", "two"], 2],
])(
	"%j: exit code %i, nothing written",
	async (words, exitCode) => {
		const outcome = await run(...words);
		expect(outcome).toMatchObject({ exitCode, output: "" });
		expect(outcome.complaint).toMatch(/\w/);
	},
	30_000,
);
