import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRouter } from "../../server/cascade/router/router.ts";

const run = promisify(execFile);
let directory: string;

const topics = ["rivers", "bones", "taxes", "moons", "verbs", "trees", "ships", "kings"];
const models = (strong: number, small: number) => ({
	"gpt-4-1106-preview": strong,
	"mixtral-8x7b-instruct-v0.1": small,
});
const topicOf = (at: number) => topics[at % topics.length] ?? "";
/** The small model fails at problems and at nothing else. */
const judged = (set: string, group: string, prompt: (at: number) => string) =>
	Array.from({ length: 40 }, (_, at) => ({
		id: `${group}/${at}`,
		set,
		group,
		prompt: prompt(at),
		q: models(1, group === "gsm8k" ? 0 : 1),
	}));
const exam = (at: number) =>
	`Which of these is true of ${topicOf(at)} in the year ${1900 + at}?\nA. one\nB. two\nC. three\nD. four\nAnswer:`;
const problem = (at: number) => `Ann has ${at + 3} ${topicOf(at)} and buys 12 more. How many has she?`;
const sets = {
	mmlu: judged("mmlu", "general", exam),
	gsm8k: judged("gsm8k", "gsm8k", problem),
	routerbench: [
		...judged(
			"routerbench",
			"arc_challenge",
			(at) => `A student studies ${topicOf(at)}.\nA) one\nB) two\nAnswer:`,
		),
		...judged(
			"routerbench",
			"winograde",
			(at) => `Ann likes ${topicOf(at)}, Bea does not, so _ leaves.\nA) Ann\nB) Bea`,
		),
		...judged("routerbench", "mbpp", (at) => `Write a function to sort ${topicOf(at)} by ${at} keys.`),
	],
	alpaca: Array.from({ length: 20 }, (_, at) => ({
		id: `a/${at}`,
		group: "a",
		prompt: `Tell me about ${topicOf(at)}.`,
	})),
	flask_difficulty: [{ id: "f/1", group: "f", prompt: "Write a poem about a walk." }],
};

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "router-data-"));
	const write = (name: string, rows: readonly unknown[]) =>
		writeFile(join(directory, `${name}.dev.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
	for (const [name, rows] of Object.entries(sets)) await write(name, rows);
	await write("mixed", [...sets.gsm8k, ...sets.routerbench]);
	await writeFile(join(directory, "routerarena.dev.jsonl"), "not to be read");
});
afterAll(() => rm(directory, { recursive: true }));

const train = async (name: string) => {
	const out = join(directory, name);
	const script = new URL("./train.ts", import.meta.url).pathname;
	await run(process.execPath, [script, "--data", directory, "--out", out, "--scores", `${out}.scores`]);
	return { weights: await readFile(out, "utf8"), scores: await readFile(`${out}.scores`, "utf8") };
};

it("the same data gives the same bytes, and weights that know what small models get wrong", async () => {
	const [first, second] = [await train("first.json"), await train("second.json")];
	expect(second).toEqual(first);
	const router = createRouter(JSON.parse(first.weights));
	expect(router.assess(problem(50)).score).toBeGreaterThan(router.assess(exam(50)).score);
	const ids = first.scores
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line).id);
	expect(new Set(ids).size).toBe(200);
}, 120_000);
