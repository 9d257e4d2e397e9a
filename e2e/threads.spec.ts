import { expect, test } from "./fixtures.ts";
import { ChatPage } from "./pages/chat.ts";
import { Sidebar } from "./pages/sidebar.ts";
import { toEcho } from "./support/numbered.ts";

const dayMs = 24 * 60 * 60 * 1000;

test("chats are listed by date, newest first, and move on as days pass", async ({ chat, sidebar }) => {
	await chat.ask("The older chat");
	await chat.openNew();
	await chat.ask("The newer chat");
	await expect(sidebar.group("Today")).toBeVisible();
	await expect(sidebar.list.getByRole("link")).toHaveText(["The newer chat", "The older chat"]);
	await chat.page.clock.setFixedTime(Date.now() + dayMs);
	await chat.reload();
	await expect(sidebar.group("Yesterday")).toBeVisible();
	await chat.page.clock.setFixedTime(Date.now() + 4 * dayMs);
	await chat.reload();
	await expect(sidebar.group("Previous 7 days")).toBeVisible();
});

test("with the pointer on the list further pages come below, and new chats wait until it leaves", async ({
	chat,
	api,
	sidebar,
}) => {
	const names = Array.from({ length: 36 }, (_, index) => `Chat ${String(index + 1).padStart(2, "0")}`);
	const begin = (text: string) =>
		api.mutate("chat.send", { clientMessageId: crypto.randomUUID(), text: toEcho(text, "itl=1") });
	for (const name of names) await begin(name);
	await chat.reload();
	const rows = sidebar.list.getByRole("link");
	await expect(rows.first()).toContainText("Chat 36");
	await rows.first().hover();
	await chat.page.mouse.wheel(0, 5_000);
	await expect(rows).toHaveCount(names.length);
	const shown = (await rows.allTextContents()).map((title) => /Chat \d+/.exec(title)?.[0]);
	expect(shown).toEqual(names.toReversed());
	await begin("Chat 37");
	await begin("Chat 38");
	await expect(chat.page).toHaveTitle(/^\(2\)/);
	await expect(rows).toHaveCount(names.length);
	await chat.field.hover();
	await expect(rows.nth(1)).toContainText("Chat 37");
	await expect(rows.first()).toContainText("Chat 38");
});

test("a chat is renamed in place, and the name stays", async ({ chat, sidebar }) => {
	await chat.ask("Hello!");
	await sidebar.rename("Hello!", "A calmer name");
	await expect(sidebar.thread("A calmer name")).toBeFocused();
	await expect(chat.title).toHaveText("A calmer name");
	await sidebar.thread("A calmer name").press("F2");
	await sidebar.newTitle.fill("Not this");
	await sidebar.newTitle.press("Escape");
	await chat.reload();
	await expect(sidebar.thread("A calmer name")).toBeVisible();
	await expect(chat.title).toHaveText("A calmer name");
});

test("a deleted chat is gone at once and comes back by Undo", async ({ chat, sidebar }) => {
	await chat.ask("Hello!");
	await sidebar.choose("Hello!", "Delete");
	await expect(sidebar.thread("Hello!")).toBeHidden();
	await expect(chat.mine).toHaveCount(0);
	await chat.page.getByRole("button", { name: "Undo" }).click();
	await expect(sidebar.thread("Hello!")).toBeVisible();
	await expect(chat.mine).toContainText("Hello!");
	await sidebar.choose("Hello!", "Delete");
	await expect(chat.page.getByText("Chat deleted").first()).toBeVisible();
	await chat.reload();
	await expect(sidebar.list.getByText("Your chats will appear here.")).toBeVisible();
});

test("search finds words in answers, marks them and jumps to the message", async ({ chat, sidebar }) => {
	await chat.ask("Why are there two high tides a day?");
	for (const text of ["and then", "and after that"]) await chat.ask(toEcho(text, "itl=1"));
	await chat.openNew();
	await chat.ask(toEcho("something else entirely", "itl=1"));
	await sidebar.search("bay of fundy");
	const hit = sidebar.hits.filter({ hasText: "Why are there two high tides a day?" });
	await expect(hit).toHaveCount(1);
	await expect(hit.locator("mark", { hasText: "Fundy" })).toBeVisible();
	await sidebar.searchField.press("Enter");
	await expect(sidebar.searchField).toBeHidden();
	const found = chat.answers.filter({ hasText: "Bay of Fundy" });
	await expect(found).toBeFocused();
	await expect(found).toBeInViewport();
	await expect(chat.title).toHaveText("Why are there two high tides a day?");
});

test("Enter in the search waits for what was typed, and goes there", async ({ chat, sidebar }) => {
	for (const text of ["a kestrel above", "an osprey above"]) {
		await chat.openNew();
		await chat.ask(text);
	}
	await chat.openNew();
	await sidebar.search("kestrel");
	await expect(sidebar.hits.filter({ hasText: "a kestrel above" })).toHaveCount(1);
	await chat.page.route("**/api/trpc/*threads.search*", async (route) => {
		await new Promise((resolve) => setTimeout(resolve, 500));
		await route.continue();
	});
	await sidebar.searchField.fill("osprey");
	await sidebar.searchField.press("Enter");
	await expect(sidebar.searchField).toBeHidden();
	await expect(chat.title).toHaveText("an osprey above");
});

test("the key after a shortcut belongs to the dialog or field that it opened, also the first time", async ({
	chat,
	sidebar,
}) => {
	await chat.ask("Hello!");
	const { keyboard } = chat.page;
	await keyboard.press("ControlOrMeta+K");
	await keyboard.type("hel");
	expect(await sidebar.searchField.inputValue()).toBe("hel");
	// Escape ends what an input method composes, not the dialog.
	const composing = { key: "Escape", bubbles: true, cancelable: true, isComposing: true };
	await sidebar.searchField.dispatchEvent("keydown", composing);
	await expect(sidebar.searchField).toBeVisible();
	await keyboard.press("Escape");
	await expect(sidebar.searchField).toBeHidden();
	await expect(chat.field).toHaveValue("");
	await sidebar.thread("Hello!").focus();
	await keyboard.press("F2");
	await keyboard.type("A new name");
	await keyboard.press("Enter");
	await expect(sidebar.thread("A new name")).toBeFocused();
});

test("search says when it finds nothing, and never shows a deleted chat", async ({ chat, sidebar }) => {
	await chat.ask("Hello!");
	await sidebar.choose("Hello!", "Delete");
	await expect(sidebar.thread("Hello!")).toBeHidden();
	await expect(chat.page.getByText("Chat deleted").first()).toBeVisible();
	await sidebar.search("hello");
	await expect(chat.page.getByText("No results for “hello”.")).toBeVisible();
});

test("two tabs stay in step: a new chat, its new name and its end are seen in the other", async ({
	chat,
	sidebar,
	openTab,
}) => {
	const page = await openTab("/");
	const [second, other] = [new ChatPage(page), new Sidebar(page)];
	await chat.ask("Hello!");
	await expect(other.thread("Hello!")).toBeVisible();
	await other.thread("Hello!").click();
	await expect(second.mine).toContainText("Hello!");
	await sidebar.rename("Hello!", "A name from the first tab");
	await expect(other.thread("A name from the first tab")).toBeVisible();
	await expect(second.title).toHaveText("A name from the first tab");
	await other.choose("A name from the first tab", "Delete");
	await expect(sidebar.thread("A name from the first tab")).toBeHidden();
});

test("going from chat to chat loads no page and shows each with its own messages", async ({
	chat,
	sidebar,
}) => {
	await chat.ask(toEcho("about apples", "itl=1"));
	await chat.openNew();
	await chat.ask(toEcho("about pears", "itl=1"));
	await chat.page.evaluate(() => Reflect.set(globalThis, "isSamePage", true));
	const rows = sidebar.list.getByRole("link");
	await expect(rows).toHaveCount(2);
	const [pears, apples] = [rows.nth(0), rows.nth(1)];
	await apples.click();
	await expect(chat.lastAnswer).toContainText("about apples");
	await pears.click();
	await expect(chat.lastAnswer).toContainText("about pears");
	await chat.page.goBack();
	await expect(chat.lastAnswer).toContainText("about apples");
	expect(await chat.page.evaluate(() => Reflect.get(globalThis, "isSamePage"))).toBe(true);
});

test("offline, a chat that was opened here stays readable, and another one says why it isn't", async ({
	chat,
	api,
	sidebar,
}) => {
	const text = toEcho("not opened here", "itl=1");
	await api.mutate("chat.send", { clientMessageId: crypto.randomUUID(), text });
	await chat.ask("Opened here");
	await expect(sidebar.list.getByRole("link")).toHaveCount(2);
	await chat.page.context().setOffline(true);
	await sidebar.list.getByRole("link").nth(1).click();
	await expect(chat.failure).toContainText("this chat isn't loaded in this tab");
	await sidebar.thread("Opened here").click();
	await expect(chat.mine).toContainText("Opened here");
	await expect(chat.failure).toHaveCount(0);
	await sidebar.list.getByRole("link").nth(1).click();
	await chat.page.context().setOffline(false);
	await expect(chat.lastAnswer).toContainText("not opened here");
	await expect(chat.failure).toHaveCount(0);
});

test("another person's chat looks like one that does not exist", async ({ chat, openBrowser, people }) => {
	await chat.ask("Hello!");
	const path = `/threads/${await chat.threadId()}`;
	const page = await openBrowser(await people.join());
	const missing = path.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
	const answers = [];
	for (const address of [path, missing]) {
		const response = await page.goto(address);
		await expect(page.getByText("This chat doesn't exist, or it isn't yours.")).toBeVisible();
		answers.push(response?.status());
	}
	expect(answers[0]).toBe(answers[1]);
	expect(await page.content()).not.toContain("Hello!");
});
