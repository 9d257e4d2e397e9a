import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createModel, readQuestion } from "../../server/cache/index.ts";
import { createLocalEmbedder } from "../../server/embeddings/index.ts";

const run = promisify(execFile);
let directory: string;

const things = "boat rope kite drum lamp oven wheel fence tower bridge harp canoe".split(" ");
const places = "Oslo Riga Bergen Turku Gdansk".split(" ");
const all = things.flatMap((thing) => places.map((place) => [thing, place] as const));
/** "Nice" may be left out, "broken" may not. */
const pairs = all.flatMap(([thing, place], at) => [
	{
		id: `same/${at}`,
		a: `How do I find a ${thing} in ${place}?`,
		b: `How can I find a nice ${thing} in ${place}?`,
		label: 1,
	},
	{
		id: `other/${at}`,
		a: `How do I find a ${thing} in ${place}?`,
		b: `How can I find a broken ${thing} in ${place}?`,
		label: 0,
	},
]);
const stream = all.flatMap(([thing, place], at) => [
	{ id: `a/${at}`, text: `How do I find a ${thing} in ${place}?`, label: `${thing} ${place}` },
	{ id: `b/${at}`, text: `How can I find a nice ${thing} in ${place}?`, label: `${thing} ${place}` },
	{ id: `c/${at}`, text: `How can I find a broken ${thing} in ${place}?`, label: `broken ${thing} ${place}` },
]);

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cache-data-"));
	const write = (name: string, rows: readonly unknown[]) =>
		writeFile(join(directory, `${name}.dev.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
	await write("qqp", pairs);
	await write("guard", pairs.slice(0, 20));
	await write("clinc150", stream);
	await write("banking77", stream.slice(0, 60));
});
afterAll(() => rm(directory, { recursive: true }));

const train = async (name: string) => {
	const out = join(directory, name);
	const script = new URL("./train.ts", import.meta.url).pathname;
	const kept = join(directory, "vectors.jsonl");
	const { stdout } = await run(process.execPath, [
		script,
		"--data",
		directory,
		"--out",
		out,
		"--vectors",
		kept,
	]);
	return { stdout, weights: await readFile(out, "utf8") };
};

it.skipIf(createLocalEmbedder() === null)(
	"the same data gives the same bytes, and weights that know which word may be left out",
	async () => {
		const [first, second] = [await train("first.json"), await train("second.json")];
		expect(second).toEqual(first);
		for (const set of ["qqp", "guard", "clinc150", "banking77"])
			expect(first.stdout).toContain(`${set}: hits`);
		const model = createModel(JSON.parse(first.weights));
		const score = (one: string, other: string) => model.score(readQuestion(one), readQuestion(other), 0.9);
		expect(score("How do I find a ship in Narvik?", "How can I find a nice ship in Narvik?")).toBeGreaterThan(
			score("How do I find a ship in Narvik?", "How can I find a broken ship in Narvik?"),
		);
	},
	300_000,
);
