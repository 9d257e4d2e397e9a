import { expect, it } from "vitest";
import { fromLines, runCommand, toLines } from "./run-command.ts";

const said = (id: number) => ({
	id: `t${id}`,
	speaker: id % 2 === 0 ? "user" : "assistant",
	text: `On day ${id} the boat with the number ${id * 37} came into the harbour and was painted again.`,
	tokens: 20,
});
const conversation = { op: "conversation", id: "c", turns: Array.from({ length: 20 }, (_, id) => said(id)) };
const query = {
	op: "query",
	id: "q",
	conversation: "c",
	question: "Which day had 222?",
	budget_tokens: 100,
};

it.each([[[]], [["--without-vectors"]]])(
	"a question with %j gets the turns that it needs within its budget, and the command ends with its input",
	async (options) => {
		const { out, code } = await runCommand("./context.ts", toLines([conversation, query]), options);
		expect(code).toBe(0);
		const [{ id, kept }] = fromLines(out);
		expect(id).toBe("q");
		expect(kept).toContain("t6");
		expect(kept.length).toBeLessThanOrEqual(5);
	},
);

it("a question about an unknown conversation is named and ends the command with exit code 2", async () => {
	const { error, code } = await runCommand("./context.ts", toLines([query]));
	expect(code).toBe(2);
	expect(error).toMatch(/Line 1[\s\S]*"c" is unknown/);
});
