import { expect, test } from "./fixtures.ts";
import { watchOwnMessage } from "./support/measure.ts";
import { countedWords, toEcho } from "./support/numbered.ts";
import { findRecorded } from "./support/recorded.ts";

test("my message stands in the page in the frame in which I press Enter", async ({ chat }) => {
	const measured: { ms: number; isSameFrame: boolean }[] = [];
	for (const text of ["The first thing", "The second thing", "The third thing"]) {
		await chat.field.fill(text);
		const read = await watchOwnMessage(chat.page, text);
		await chat.field.press("Enter");
		measured.push(await read());
		await expect(chat.mine).toHaveCount(measured.length);
		await chat.waitForEnd();
	}
	expect(measured.map(({ isSameFrame }) => isSameFrame)).toEqual([true, true, true]);
	expect(Math.min(...measured.map(({ ms }) => ms))).toBeLessThan(50);
});

test("an answer names its model and its time, and the thread takes the first words as its title", async ({
	chat,
	sidebar,
}) => {
	await chat.ask("Hello!");
	await expect(chat.lastAnswer).toContainText(findRecorded("Hello!"));
	await expect(chat.lastAnswer.getByRole("heading", { name: "large said" })).toBeAttached();
	await expect(chat.lastAnswer).toContainText(/large·\d+\.\d s/);
	await expect(chat.title).toHaveText("Hello!");
	await expect(sidebar.thread("Hello!")).toBeVisible();
});

test("a code block is highlighted in place and copies exactly its code", async ({ chat }) => {
	const prompt = "Write a TypeScript function that limits how many promises run at once.";
	await chat.ask(prompt);
	const block = chat.lastAnswer.getByRole("figure", { name: "Code, ts" }).first();
	await block.getByRole("button", { name: "Copy code" }).click();
	await expect(chat.announcer).toHaveText(/Copied/);
	const copied = await chat.page.evaluate(() => navigator.clipboard.readText());
	const [, code] = /```ts\n([\s\S]*?)\n```/.exec(findRecorded(prompt)) ?? [];
	expect(copied).toBe(code);
	await expect(block.getByRole("code")).toHaveText(code ?? "", { useInnerText: true });
});

test("a copied answer is its Markdown, character by character", async ({ chat }) => {
	const prompt = "Compare SQLite, PostgreSQL and Redis in a table.";
	await chat.ask(prompt);
	await chat.lastAnswer.getByRole("button", { name: "Copy answer" }).click();
	await expect(chat.announcer).toHaveText(/Copied/);
	expect(await chat.page.evaluate(() => navigator.clipboard.readText())).toBe(findRecorded(prompt));
	const table = chat.lastAnswer.getByRole("table");
	await expect(table.getByRole("columnheader", { name: "PostgreSQL" })).toBeVisible();
	await expect(table.getByRole("row")).toHaveCount(7);
});

test("formulas are set as mathematics, and prices beside them stay text", async ({ chat }) => {
	await chat.ask("Explain the quadratic formula with its derivation.");
	await expect(chat.lastAnswer.getByRole("math").first()).toBeAttached();
	await expect(chat.lastAnswer).toContainText(
		"It costs $5 to print this on a T-shirt and $7 to print it twice",
	);
	await chat.ask(toEcho("A ticket costs $5 to $10, or $3 with a card.", "itl=2"));
	await expect(chat.lastAnswer).toContainText("A ticket costs $5 to $10, or $3 with a card.");
	await expect(chat.lastAnswer.getByRole("math")).toHaveCount(0);
});

test("answers in any script arrive whole, however the provider cuts them", async ({ chat, api }) => {
	const prompts = [
		"请用中文、日语和韩语介绍一下茶。",
		"Which emoji are made of several code points?",
		"Write a short text in Arabic and in Hebrew.",
	];
	for (const prompt of prompts) await chat.ask(`${prompt} [[sim pieces=unit,itl=1]]`);
	const { messages } = await api.readThread(await chat.threadId());
	const answers = messages.filter(({ role }) => role === "assistant").map(({ text }) => text);
	expect(answers).toEqual(prompts.map((prompt) => findRecorded(prompt)));
	await expect(chat.answers.nth(1)).toContainText("👩‍👩‍👧‍👦 is woman + woman + girl + boy");
});

test("Stop keeps the part that was written and ends the call to the provider", async ({
	chat,
	api,
	upstream,
}) => {
	await upstream.reset();
	await chat.sendAndWatch(toEcho(countedWords(800), "itl=15"), "w20");
	await chat.stopButton.click();
	await chat.waitForEnd();
	await expect(chat.lastAnswer).toContainText("Stopped");
	await expect(chat.announcer).toHaveText("Answer stopped");
	await expect(chat.field).toBeFocused();
	const stored = (await api.readThread(await chat.threadId())).messages.at(-1);
	expect(stored?.turn?.status).toBe("stopped");
	const shown = stored?.text.trim() ?? "";
	await expect.poll(() => chat.words()).toBe(shown);
	expect(countedWords(800)).toContain(shown);
	await expect.poll(async () => (await upstream.requests()).at(-1)?.outcome).toBe("aborted_by_client");
	await chat.reload();
	await expect.poll(() => chat.words()).toBe(shown);
});

test("Esc in the message field stops the answer", async ({ chat }) => {
	await chat.sendAndWatch(toEcho(countedWords(800), "itl=15"), "w10");
	await chat.field.press("Escape");
	await chat.waitForEnd();
	await expect(chat.lastAnswer).toContainText("Stopped");
	await expect(chat.field).toBeFocused();
});

test("another answer is a version beside the first one, and both stay", async ({ chat }) => {
	await chat.ask("Hello!");
	const large = findRecorded("Hello!");
	const small = findRecorded("Hello!", "sim-small");
	await chat.lastAnswer.getByRole("button", { name: "More actions" }).click();
	await chat.page.getByRole("menuitem", { name: "small" }).click();
	await expect(chat.lastAnswer).toContainText(small);
	const versions = chat.lastAnswer.getByRole("group", { name: "Version 2 of 2" });
	await expect(versions).toContainText("2/2");
	await expect(chat.lastAnswer.getByRole("heading", { name: "small said" })).toBeAttached();
	await versions.getByRole("button", { name: "Previous version" }).click();
	await expect(chat.lastAnswer).toContainText(large);
	await expect(chat.lastAnswer.getByRole("group", { name: "Version 1 of 2" })).toBeVisible();
	await chat.reload();
	await expect(chat.lastAnswer).toContainText(large);
	await chat.lastAnswer.getByRole("button", { name: "Next version" }).click();
	await expect(chat.lastAnswer).toContainText(small);
});

test("an edited message begins a branch, and the old branch stays", async ({ chat }) => {
	await chat.ask(toEcho("about apples", "itl=2"));
	await chat.ask(toEcho("and their pips", "itl=2"));
	const first = chat.mine.first();
	await first.hover();
	await first.getByRole("button", { name: "Edit message" }).click();
	const editor = chat.page.getByRole("textbox", { name: "Edit message" });
	await expect(editor).toBeFocused();
	await editor.fill(toEcho("about pears", "itl=2"));
	await editor.press("ControlOrMeta+Enter");
	await expect(chat.answers).toHaveCount(1);
	await chat.waitForEnd();
	await expect(chat.lastAnswer).toContainText("about pears");
	await first.hover();
	await first.getByRole("button", { name: "Previous version" }).click();
	await expect(chat.answers).toHaveCount(2);
	await expect(chat.mine.first()).toContainText("about apples");
	await expect(chat.lastAnswer).toContainText("and their pips");
});
