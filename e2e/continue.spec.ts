import { expect, test } from "./fixtures.ts";
import { ChatPage } from "./pages/chat.ts";
import { watchLeast } from "./support/measure.ts";
import { countedWords, toEcho } from "./support/numbered.ts";

const prompt = "Why are there two high tides a day?";

test("a stopped answer goes on in the same message, with the keyboard, and its words never leave the screen", async ({
	chat,
	api,
	upstream,
}) => {
	await chat.sendAndWatch(toEcho(countedWords(800), "itl=15"), "w20");
	await chat.stopButton.click();
	await chat.waitForEnd();
	const stopped = (await api.readThread(await chat.threadId())).messages.at(-1);
	const part = stopped?.text.trim() ?? "";
	await expect.poll(() => chat.words()).toBe(part);
	const readLeast = await watchLeast(chat.page);
	await upstream.hold(async () => {
		await chat.continueButton.focus();
		await chat.page.keyboard.press("Enter");
		await expect(chat.lastAnswer).toHaveAttribute("aria-busy", "true");
		await expect(chat.lastAnswer).toBeFocused();
		await expect(chat.stopButton).toBeEnabled();
		expect(await readLeast()).toBe(part.length);
		await chat.reload();
		await expect(chat.lastAnswer).toHaveAttribute("aria-busy", "true");
		await expect.poll(() => chat.words()).toBe(part);
	});
	const readLeastAfter = await watchLeast(chat.page);
	await chat.waitForEnd();
	expect(await readLeastAfter()).toBeGreaterThanOrEqual(part.length);
	const whole = (await api.readThread(await chat.threadId())).messages;
	expect(whole).toHaveLength(2);
	expect(whole.at(-1)).toMatchObject({ id: stopped?.id, turn: { status: "complete" } });
	expect(whole.at(-1)?.siblings.ids).toEqual([stopped?.id]);
	expect(whole.at(-1)?.text.startsWith(stopped?.text ?? "nothing")).toBe(true);
	expect(whole.at(-1)?.text.length).toBeGreaterThan(stopped?.text.length ?? Number.POSITIVE_INFINITY);
	await expect(chat.lastAnswer).toContainText(part);
	await expect(chat.lastAnswer).not.toContainText("Stopped");
	await expect(chat.continueButton).toHaveCount(0);
});

test("an answer that broke off offers Continue beside Retry, and another tab sees it go on", async ({
	chat,
	openTab,
}) => {
	await chat.ask(`${prompt} [[sim fault=reset@20]]`);
	const note = chat.lastAnswer.getByRole("alert");
	await expect(note.getByRole("button", { name: "Try again" })).toBeVisible();
	await expect(chat.continueButton).toHaveCount(1);
	const second = new ChatPage(await openTab(`/threads/${await chat.threadId()}`));
	await expect(second.continueButton).toBeVisible();
	await chat.continueButton.click();
	for (const tab of [chat, second]) {
		await expect(tab.lastAnswer.getByRole("alert")).toHaveCount(0);
		await tab.waitForEnd();
		await expect(tab.lastAnswer).toContainText("Most coasts see two high tides");
		await expect(tab.answers).toHaveCount(1);
		await expect(tab.lastAnswer.getByRole("group", { name: /Version/ })).toHaveCount(0);
	}
	// Each tab draws Markdown in its own time.
	await expect(async () => {
		expect(await second.lastAnswer.textContent()).toBe(await chat.lastAnswer.textContent());
	}).toPass({ timeout: 10_000 });
});

test("an answer that hit the length limit says so and can be continued", async ({ chat }) => {
	await chat.ask(prompt);
	await chat.lastAnswer.getByRole("button", { name: "More actions" }).click();
	await chat.page.getByRole("menuitem", { name: "brief" }).click();
	await expect(chat.lastAnswer).toContainText("The answer hit the length limit");
	const cut = (await chat.lastAnswer.locator(".answer").textContent()) ?? "nothing";
	await chat.continueButton.click();
	await expect(chat.continueButton).toHaveCount(0);
	await chat.waitForEnd();
	await expect(chat.lastAnswer.getByRole("heading", { name: "brief said" })).toBeAttached();
	await expect(chat.lastAnswer.getByRole("group", { name: "Version 2 of 2" })).toBeVisible();
	const longer = (await chat.lastAnswer.locator(".answer").textContent()) ?? "";
	expect(longer.startsWith(cut)).toBe(true);
	expect(longer.length).toBeGreaterThan(cut.length);
});

test("an answer without a word can only be tried again", async ({ chat }) => {
	await chat.send(`${prompt} [[sim ttft=20000]]`);
	await expect(chat.lastAnswer).toContainText("large");
	await chat.stopButton.click();
	await chat.waitForEnd();
	await expect(chat.lastAnswer).toContainText("Stopped");
	await expect(chat.lastAnswer.getByRole("button", { name: "Try again" })).toBeVisible();
	await expect(chat.continueButton).toHaveCount(0);
});
