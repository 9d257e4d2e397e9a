import { expect, test } from "./fixtures.ts";
import { ChatPage } from "./pages/chat.ts";
import { countedWords, endless, toEcho } from "./support/numbered.ts";

test("a reload in mid-answer shows what was there and goes on without losing or repeating a character", async ({
	chat,
	api,
	upstream,
}) => {
	const text = countedWords(300);
	await chat.sendAndWatch(toEcho(text, "itl=12"), "w40");
	await chat.threadId();
	await upstream.hold(async () => {
		const before = await chat.words();
		await chat.reload();
		await expect.poll(async () => (await chat.words()).startsWith(before)).toBe(true);
		await expect(chat.lastAnswer).toHaveAttribute("aria-busy", "true");
	});
	await chat.waitForEnd();
	await expect.poll(() => chat.words()).toBe(text);
	expect((await api.readThread(await chat.threadId())).messages.at(-1)?.text).toBe(text);
});

test("five reloads within one answer leave it whole", async ({ chat, api }) => {
	await chat.sendAndWatch(endless, "w20");
	const threadId = await chat.threadId();
	for (let reloads = 0; reloads < 5; reloads++) {
		const before = await chat.words();
		await chat.reload();
		// It has grown again, so this reload, too, came while it was followed.
		await expect.poll(async () => (await chat.words()).length).toBeGreaterThan(before.length);
		expect((await chat.words()).startsWith(before)).toBe(true);
	}
	await expect(chat.lastAnswer).toHaveAttribute("aria-busy", "true");
	await chat.stopButton.click();
	await chat.waitForEnd();
	const stored = (await api.readThread(threadId)).messages.at(-1)?.text.trim() ?? "";
	expect(endless.startsWith(stored)).toBe(true);
	await expect.poll(() => chat.words()).toBe(stored);
});

test("a second tab shows the same answer while it grows and when it has ended", async ({
	chat,
	openTab,
	upstream,
}) => {
	const text = countedWords(300);
	await chat.sendAndWatch(toEcho(text, "itl=12"), "w20");
	const path = `/threads/${await chat.threadId()}`;
	const second = await upstream.hold(async () => {
		const tab = new ChatPage(await openTab(path));
		await expect(tab.lastAnswer).toContainText("w20");
		await expect(tab.lastAnswer).toHaveAttribute("aria-busy", "true");
		await expect(tab.stopButton).toBeVisible();
		return tab;
	});
	await Promise.all([chat.waitForEnd(), second.waitForEnd()]);
	await expect.poll(() => chat.words()).toBe(text);
	await expect.poll(() => second.words()).toBe(text);
	await expect(second.sendButton).toBeVisible();
});

test("a message sent in one tab and its answer appear in the other tab at the same thread", async ({
	chat,
	openTab,
}) => {
	await chat.ask("Hello!");
	const second = new ChatPage(await openTab(`/threads/${await chat.threadId()}`));
	await chat.send(toEcho(countedWords(60), "itl=10"));
	await expect(second.mine).toHaveCount(2);
	await second.waitForEnd();
	await expect.poll(() => second.words()).toBe(countedWords(60));
});

test("two seconds without a network are noted, and the answer goes on where it was", async ({
	chat,
	context,
	api,
}) => {
	const text = countedWords(450);
	await chat.sendAndWatch(toEcho(text, "itl=12"), "w20");
	await chat.threadId();
	await context.setOffline(true);
	const bar = chat.page.getByText("You're offline.");
	await expect(bar.first()).toBeVisible();
	await context.setOffline(false);
	await expect(chat.page.getByRole("paragraph").filter({ hasText: "You're offline." })).toBeHidden();
	await chat.waitForEnd();
	await expect.poll(() => chat.words()).toBe(text);
	expect((await api.readThread(await chat.threadId())).messages.at(-1)?.text).toBe(text);
});

test("Stop in one tab stops the answer in both, with the same text", async ({ chat, api, openTab }) => {
	await chat.sendAndWatch(endless, "w20");
	const threadId = await chat.threadId();
	const second = new ChatPage(await openTab(`/threads/${threadId}`));
	await expect(second.lastAnswer).toContainText("w40");
	await second.stopButton.click();
	await Promise.all([chat.waitForEnd(), second.waitForEnd()]);
	for (const tab of [chat, second]) await expect(tab.lastAnswer).toContainText("Stopped");
	const stored = (await api.readThread(threadId)).messages.at(-1)?.text.trim();
	await expect.poll(() => chat.words()).toBe(stored);
	await expect.poll(() => second.words()).toBe(stored);
});

test("an answer that ends while its tab is closed is there afterwards", async ({ chat, openTab }) => {
	const text = countedWords(120);
	await chat.sendAndWatch(toEcho(text, "itl=10"), "w5");
	const path = `/threads/${await chat.threadId()}`;
	await chat.page.close();
	const later = new ChatPage(await openTab(path));
	await later.waitForEnd();
	await expect.poll(() => later.words()).toBe(text);
});
