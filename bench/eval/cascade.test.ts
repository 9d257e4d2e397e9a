import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCommand, toLines } from "./run-command.ts";

let directory: string;
const rows = Array.from({ length: 12 }, (_, at) => ({
	id: `own/${at}`,
	prompt: at % 3 === 0 ? `Write a Python function number ${at}.` : `Tell me a joke about number ${at}.`,
	q: { cheap: at % 3 === 0 ? 0.1 : 0.5, dear: 0.5, middle: 0.4 },
	prompt_tokens: 20,
	out_tokens: { cheap: 100, dear: 100, middle: 100 },
}));
const prices = {
	cheap: { input: 0.1, output: 0.1, source: "own" },
	dear: { input: 10, output: 10, source: "own" },
	middle: { input: 1, output: 1, source: "own" },
};

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cascade-data-"));
	for (const name of ["routing", "replay", "prices"]) await mkdir(join(directory, name));
	await writeFile(join(directory, "routing", "alpaca.own.jsonl"), toLines(rows));
	await writeFile(
		join(directory, "replay", "alpaca.own.jsonl"),
		toLines(rows.map(({ id }) => ({ id, outputs: { cheap: "Here it is.", dear: "Here it is." } }))),
	);
	await writeFile(join(directory, "routing", "alpaca.broken.jsonl"), `${JSON.stringify(rows[0])}\n{"id":`);
	await writeFile(join(directory, "replay", "alpaca.broken.jsonl"), "");
	await writeFile(join(directory, "prices", "replay_prices.json"), JSON.stringify(prices));
});
afterAll(() => rm(directory, { recursive: true }));

const evaluate = (...options: string[]) => runCommand("./cascade.ts", "", options);

it("prints every setting of the dial, other ways to choose, and every single model with what the cascade gives for its money", async () => {
	const { out, error, code } = await evaluate(
		"--data",
		directory,
		"--split",
		"own",
		"--small",
		"cheap",
		"--strong",
		"dear",
	);
	expect({ error, code }).toEqual({ error: "", code: 0 });
	const line = (start: string) => out.split("\n").find((each) => each.startsWith(start)) ?? "";
	// A request has 120 tokens: 1,000 requests cost 0.012 and 1.2 dollars.
	expect(line("0 ")).toMatch(/^0 +0\.0 % +0\.0 % +0\.0120 +1\.0 % +0\.3667 +73\.3 %$/);
	expect(line("10 ")).toMatch(/^10 +100\.0 % +0\.0 % +1\.2000 +100\.0 % +0\.5000 +100\.0 %$/);
	expect(line("at random")).toMatch(/0\.5000/);
	const recovered = (way: string) => Number(/\d\.\d{4}/.exec(line(way))?.[0]);
	expect(recovered("the router alone")).toBeGreaterThan(0.6);
	expect(recovered("oracle")).toBeGreaterThanOrEqual(recovered("the router alone"));
	for (const way of ["the cascade", "length of the prompt", "keywords"]) expect(line(way)).not.toBe("");
	// With a warm cache, 20 of its tokens cost a tenth.
	expect(line("middle ")).toMatch(/^middle +0\.1200 +0\.1020 +0\.4000 +0\.\d{4}$/);
}, 120_000);

it.each([
	["no folder is named", [], /--data DIR/],
	["there is no such file", ["--split", "none"], /alpaca\.none\.jsonl/],
	["a line is broken", ["--split", "broken"], /alpaca\.broken\.jsonl, line 2/],
	["a model has no price", ["--split", "own", "--small", "other"], /no price of other/],
])(
	"says so, with exit code 2, when %s",
	async (_, options, message) => {
		const { error, code } = await evaluate(
			...(options.length === 0 ? [] : ["--data", directory, ...options]),
		);
		expect(code).toBe(2);
		expect(error).toMatch(message);
	},
	120_000,
);
