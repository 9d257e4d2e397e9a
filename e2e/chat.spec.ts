import { expect, test } from "./fixtures.ts";

test("an answer is streamed as markdown, and the line under it names the model", async ({ chat }) => {
	await chat.ask("Hello!");
	await expect(chat.mine).toContainText("Hello!");
	await expect(chat.lastAnswer).toContainText("It is good to see you.");
	console.log(await chat.page.getByRole("main").ariaSnapshot());
	console.log(await chat.words());
});
