import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { ChatPage } from "./pages/chat.ts";
import { Sidebar } from "./pages/sidebar.ts";
import { countedWords, endless, toEcho } from "./support/numbered.ts";

for (const [where, hasLocks] of [
	["", true],
	[", also on plain http, where a browser has no locks", false],
] as const)
	test(`eight tabs at one live answer leave the browser usable and end with the same text${where}`, async ({
		chat,
		api,
		openTab,
		sidebar,
	}) => {
		test.setTimeout(120_000);
		if (!hasLocks) {
			await chat.page.context().addInitScript(() => {
				Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });
			});
			await chat.reload();
		}
		await chat.ask("Hello!");
		await chat.openNew();
		await chat.sendAndWatch(endless, "w10");
		const threadId = await chat.threadId();
		const tabs = [chat];
		while (tabs.length < 8) tabs.push(new ChatPage(await openTab(`/threads/${threadId}`)));
		for (const tab of tabs) await expect(tab.lastAnswer).toContainText(await readLastWord(tab));

		// Six connections are all that a browser has for one origin over HTTP/1.1.
		const within = { timeout: 5_000 };
		await sidebar.search("hello");
		await expect(sidebar.hits.first()).toBeVisible(within);
		await sidebar.searchField.press("Escape");
		await sidebar.thread("Hello!").click();
		await expect(chat.mine).toHaveText([/Hello!/], within);
		await chat.send("And now?");
		await expect(chat.answers).toHaveCount(2);
		await expect(chat.lastAnswer).toHaveAttribute("aria-busy", "false", within);
		await chat.page.goBack();
		await expect(chat.stopButton).toBeVisible(within);

		await tabs.at(-1)?.stopButton.click();
		for (const tab of tabs) await tab.waitForEnd();
		const stored = (await api.readThread(threadId)).messages.at(-1);
		expect(stored?.turn?.status).toBe("stopped");
		for (const tab of tabs) await expect.poll(() => tab.words()).toBe(stored?.text.trim());
	});

test("a tab in the background counts what ended in its title, and has it when it is shown", async ({
	chat,
}) => {
	const text = countedWords(60);
	await chat.sendAndWatch(toEcho(text, "itl=20"), "w5");
	await setHidden(chat.page, true);
	await expect(chat.page).toHaveTitle(/^\(1\) w1 w2/);
	await setHidden(chat.page, false);
	await expect(chat.page).toHaveTitle(/^w1 w2/);
	await chat.waitForEnd();
	await expect.poll(() => chat.words()).toBe(text);
});

test("an answer that was read in one tab is not counted in the title of another", async ({
	chat,
	openTab,
}) => {
	const other = await openTab("/");
	await chat.ask("Hello!");
	await chat.openNew();
	await expect(new Sidebar(other).thread("Hello!")).toBeVisible();
	await expect(other).toHaveTitle("Parley");
});

test("two devices show the same answer while it grows, and the same list of chats", async ({
	chat,
	openBrowser,
	person,
	api,
}) => {
	const phone = new ChatPage(await openBrowser(person));
	await phone.open();
	const list = new Sidebar(phone.page);
	await chat.sendAndWatch(endless, "w10");
	const threadId = await chat.threadId();
	const [{ title }] = [(await api.readThread(threadId)).thread];
	await expect(list.list.getByRole("img", { name: "answering" })).toBeVisible();
	await list.thread(title).click();
	await expect(phone.lastAnswer).toContainText("w30");
	await phone.stopButton.click();
	for (const device of [chat, phone]) await expect(device.lastAnswer).toContainText("Stopped");
	await expect.poll(async () => (await phone.words()) === (await chat.words())).toBe(true);
	await expect(list.list.getByRole("img", { name: "answering" })).toHaveCount(0);
});

/** The last word that a tab shows now. */
async function readLastWord(tab: ChatPage): Promise<string> {
	return `w${Number(/w(\d+)$/.exec(await tab.words())?.[1] ?? 0) + 5} `;
}

/** What the browser says when a tab goes to the background: this one cannot. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
	await page.evaluate((hidden) => {
		Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
		Object.defineProperty(document, "visibilityState", {
			configurable: true,
			get: () => (hidden ? "hidden" : "visible"),
		});
		document.dispatchEvent(new Event("visibilitychange"));
	}, isHidden);
}
