import { expect, it } from "vitest";
import { fromLines, runCommand, toLines } from "./run-command.ts";

it("every pair is answered in order: the same, reworded, with another number, empty, huge, in other languages", async () => {
	const pairs = [
		["What is the capital of Kenya?", "what's the capital of kenya, please"],
		["What is the capital of Kenya?", "What is the capital of Chad?"],
		["How do I boil 2 eggs?", "How do I boil 3 eggs?"],
		["Wie hoch ist der Mond?", "Welche Höhe hat der Mond?"],
		["月の高さは?", "月の高さは?"],
		["", ""],
		["x".repeat(1e5), "\ud800 \u2028"],
		["What are the rules of chess for children?", "What are some rules of chess for a child?"],
	];
	const { out, code } = await runCommand("./cache.ts", toLines(pairs.map(([a, b], id) => ({ id, a, b }))));
	expect(code).toBe(0);
	const decided = fromLines(out);
	expect(decided.map(({ id }) => id)).toEqual(pairs.map((_, id) => id));
	for (const { sim } of decided) expect(sim >= 0 && sim <= 1).toBe(true);
	expect(decided.slice(0, 7).map(({ hit }) => hit)).toEqual([true, false, false, false, true, false, false]);
}, 120_000);

it("with --self-contained no question that is bound to a person or a time hits", async () => {
	const a = "What is my shoe size?";
	const run = async (options: string[]) =>
		fromLines((await runCommand("./cache.ts", toLines([{ id: 1, a, b: a }]), options)).out);
	expect(await run([])).toMatchObject([{ hit: true }]);
	expect(await run(["--self-contained"])).toMatchObject([{ hit: false, reason: "personal" }]);
}, 120_000);

it("a stream starts empty, finds what was stored, and answers lookups alone", async () => {
	const text = "What is the capital of Kenya?";
	const { out, code } = await runCommand(
		"./cache-stream.ts",
		toLines([
			{ op: "lookup", id: "a", text },
			{ op: "store", id: "a", text },
			{ op: "label", id: "a", label: "capitals" },
			{ op: "lookup", id: 2, text: "Hi, what's the capital of Kenya?" },
			{ op: "lookup", id: 3, text: "What is the capital of Chad?" },
			{ op: "store", id: 3, text: "What is the capital of Chad?" },
			{ op: "lookup", id: "d", text: "what is the capital of chad" },
		]),
	);
	expect(code).toBe(0);
	expect(fromLines(out)).toEqual([
		{ id: "a", hit: null },
		{ id: 2, hit: "a" },
		{ id: 3, hit: null },
		{ id: "d", hit: 3 },
	]);
}, 120_000);

it.each([
	["./cache.ts", "no JSON", "{", /Line 1/],
	["./cache.ts", "without a question", '{"id": 1, "a": "Hi"}\n', /Line 1[\s\S]*b/],
	["./cache-stream.ts", "of no known kind", '{"op": "forget", "id": 1}\n', /Line 1[\s\S]*op/],
])(
	"%s: a line that is %s is named and ends the command with exit code 2",
	async (script, _, input, message) => {
		const { error, code } = await runCommand(script, input);
		expect(code).toBe(2);
		expect(error).toMatch(message);
	},
	120_000,
);
