import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { runProgram } from "../../testing/run-program.ts";

let db: TestDatabase;
let folder: string;
beforeAll(async () => {
	db = await createTestDatabase();
	folder = await mkdtemp(join(tmpdir(), "parley-routing-"));
	const model = (id: string, tier: string, inputUsdPerMTok: string) => ({
		id,
		provider: "sim",
		providerModelId: id,
		tier,
		contextWindow: 16_000,
		maxOutputTokens: 4_096,
		prices: { inputUsdPerMTok, outputUsdPerMTok: inputUsdPerMTok },
	});
	const config = {
		providers: [{ id: "sim", kind: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", loadSeconds: 0 }],
		models: [model("tiny", "small", "1"), model("giant", "large", "10")],
	};
	await write("config.json", JSON.stringify(config));
	await write("good.json", JSON.stringify({ small: ["tiny"], strong: ["giant"], dial: 4 }));
	await write("unknown.json", JSON.stringify({ small: ["tiny"], strong: ["gone"], dial: 4 }));
	await write("broken.json", "{");
});
afterAll(async () => {
	await db?.drop();
	if (folder) await rm(folder, { recursive: true, force: true });
});

const write = (name: string, text: string) => writeFile(join(folder, name), text);
const run = (words: string) =>
	runProgram(
		words.split(" ").map((word) => (word.endsWith(".json") ? join(folder, word) : word)),
		{ env: { DATABASE_URL: db.url, PARLEY_CONFIG: join(folder, "config.json") } },
	);

it("a policy is tried, drafted, published for some people, shown and withdrawn", async () => {
	expect((await run("routing show")).output).toContain("No policy: Auto is the default model.");
	expect(await run("routing dry-run good.json")).toMatchObject({
		exitCode: 0,
		output: expect.stringContaining("0 turns: small 0, draft 0, strong 0, default 0"),
	});
	expect((await run("routing report")).output).toContain("Too few cases");
	expect((await run("routing shadow")).output).toContain("Shadow mode cost $0.00");
	const { version } = JSON.parse((await run("routing draft good.json --json")).output);
	expect((await run("routing show")).output).toMatch(/^1\s+100 %\s+4\s+tiny\s+giant$/m);
	expect(await run(`routing publish ${version} --percent 20`)).toMatchObject({ exitCode: 0 });
	expect((await run("routing show")).output).toMatch(/^1\s+yes\s+20 %\s+4\s+tiny\s+giant\s+20\d\d-/m);
	expect((await run("routing rollback")).output).toContain("Policy 1 is withdrawn");
	expect(await run("routing rollback")).toMatchObject({ exitCode: 1 });
	expect(await run(`routing publish ${version}`)).toMatchObject({
		exitCode: 1,
		complaint: expect.stringContaining("withdrawn"),
	});
});

it.each([
	["routing draft", 2, "JSON file"],
	["routing draft nowhere.json", 2, "cannot be read"],
	["routing draft broken.json", 2, "is no JSON"],
	["routing draft unknown.json", 2, "gone"],
	["routing publish", 2, "version"],
	["routing publish x", 2, "whole number"],
	["routing publish 1 --percent 0", 2, "--percent"],
	["routing publish 999", 1, "999"],
	["routing dry-run good.json --turns 6000", 2, "--turns"],
])("%s is refused with exit code %i", async (words, exitCode, named) => {
	expect(await run(words)).toMatchObject({ exitCode, complaint: expect.stringContaining(named) });
});
