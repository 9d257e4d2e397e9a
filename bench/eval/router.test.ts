import { expect, it } from "vitest";
import { fromLines, runCommand, toLines } from "./run-command.ts";

const evaluate = async (input: string) => {
	const { out, ...rest } = await runCommand("./router.ts", input);
	return { answers: fromLines(out), ...rest };
};

it("every prompt gets a score from 0 to 1, in order: empty, huge, in any language, code, with history", async () => {
	const prompts = [
		"",
		" \n",
		"x".repeat(1e6),
		"请解释量子力学",
		"const a = () => { return 1; };",
		"😀\u2028\ud800",
		"Hi",
	];
	const history = [
		{ role: "user", content: "Write a Rust parser for JSON." },
		{ role: "assistant", content: "Here it is." },
		{ role: "user", content: [{ type: "text", text: "It does not compile." }] },
	];
	const { answers, code } = await evaluate(
		toLines([
			...prompts.map((prompt, id) => ({ id, prompt })),
			{ id: "bare", prompt: "And now?" },
			{ id: "messages", prompt: "And now?", history },
			{ id: "texts", prompt: "And now?", history: ["Write a Rust parser for JSON.", "It does not compile."] },
		]),
	);
	expect(code).toBe(0);
	expect(answers.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, "bare", "messages", "texts"]);
	for (const { score } of answers) expect(score >= 0 && score <= 1).toBe(true);
	const [bare, messages, texts] = answers.slice(-3).map(({ score }) => score);
	expect(messages).toBe(texts);
	expect(messages).toBeGreaterThan(bare);
}, 120_000);

it.each([
	["no JSON", '{"id": 1, "prompt": "Hi"}\n{"id": 2,', /Line 2/],
	["without a prompt", '{"id": 1}\n', /Line 1[\s\S]*prompt/],
])(
	"a line that is %s is named and ends the command with exit code 2",
	async (_, input, message) => {
		const { error, code } = await evaluate(input);
		expect(code).toBe(2);
		expect(error).toMatch(message);
	},
	120_000,
);

it("no input is no answer", async () => {
	expect(await evaluate("")).toEqual({ answers: [], error: "", code: 0 });
}, 120_000);
