import { expect, it } from "vitest";
import { fromLines, runCommand, toLines } from "./run-command.ts";

it("every answer gets a score from 0 to 1, in order, and what is wrong with it raises the score", async () => {
	const prompt = "How much is 12 + 30?";
	const answers = [
		"12 + 30 = 42.",
		"12 + 30 = 45.",
		"",
		"I'm sorry, but I can't help with that.",
		"9".repeat(1e6),
		"四十二",
		"```js\nlet a = ;\n```",
		"\ud800",
	];
	const { out, code } = await runCommand(
		"./judge.ts",
		toLines([
			...answers.map((answer, id) => ({ id, prompt, answer })),
			{ id: "none", prompt: "", answer: "" },
		]),
	);
	expect(code).toBe(0);
	const judged = fromLines(out);
	expect(judged.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, "none"]);
	for (const { score } of judged) expect(score >= 0 && score <= 1).toBe(true);
	const [right, wrong, empty, refusal] = judged.map(({ score }) => score);
	expect(Math.min(wrong, empty, refusal)).toBeGreaterThan(right + 0.2);
}, 120_000);

it.each([
	["no JSON", "{", /Line 1/],
	["without an answer", '{"id": 1, "prompt": "Hi"}\n', /Line 1[\s\S]*answer/],
])(
	"a line that is %s is named and ends the command with exit code 2",
	async (_, input, message) => {
		const { error, code } = await runCommand("./judge.ts", input);
		expect(code).toBe(2);
		expect(error).toMatch(message);
	},
	120_000,
);
