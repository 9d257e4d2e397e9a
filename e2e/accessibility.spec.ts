import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { SignInPage } from "./pages/sign-in.ts";
import { expectNoViolations } from "./support/accessible.ts";
import { countedWords, toEcho } from "./support/numbered.ts";

const richPrompts = [
	"Compare SQLite, PostgreSQL and Redis in a table.",
	"Write a TypeScript function that limits how many promises run at once.",
	"Show me a link and an image from the network.",
];

test("sign-in, an empty chat, a full chat and search have no accessibility violation, light and dark", async ({
	chat,
	sidebar,
	openBrowser,
}) => {
	test.setTimeout(120_000);
	const stranger = await openBrowser(null);
	await new SignInPage(stranger).open();
	await expectNoViolations(stranger, "sign-in");
	await expectNoViolations(chat.page, "empty chat");
	for (const prompt of richPrompts) await chat.ask(prompt);
	await chat.ask("Hello! [[sim fault=filter-request]]");
	await chat.page.route("**/api/trpc/*chat.send*", (route) => route.abort("connectionrefused"));
	await chat.send("Are you there?");
	await expect(chat.lastAnswer).toContainText("Resending");
	await chat.stopButton.click();
	await expect(chat.mine.last()).toContainText("Not sent");
	await expectNoViolations(chat.page, "chat with messages");
	await sidebar.search("redis");
	await expect(sidebar.hits.first()).toBeVisible();
	await expectNoViolations(chat.page, "search dialog");
});

test("a chat is possible with the keyboard alone", async ({ chat, sidebar }) => {
	const { keyboard } = chat.page;
	await expect(chat.field).toBeFocused();
	await keyboard.type("Hello!");
	await keyboard.press("Enter");
	await expect(chat.answers).toHaveCount(1);
	await chat.waitForEnd();
	await expect(chat.field).toBeFocused();
	await tabTo(chat.page, "Try again", "Shift+Tab");
	await keyboard.press("Enter");
	await expect(chat.lastAnswer.getByRole("group", { name: "Version 2 of 2" })).toBeVisible();
	await chat.waitForEnd();
	await keyboard.press("Shift+Escape");
	await expect(chat.field).toBeFocused();

	await keyboard.press("ControlOrMeta+K");
	await expect(sidebar.searchField).toBeFocused();
	await keyboard.type("hello");
	await expect(sidebar.hits.first()).toBeVisible();
	await keyboard.press("Escape");
	await expect(sidebar.searchField).toBeHidden();
	await expect(chat.field).toBeFocused();
	await keyboard.press("ControlOrMeta+Shift+O");
	await expect(chat.title).toHaveText("New chat");
	await expect(chat.field).toBeFocused();
	await keyboard.press("ControlOrMeta+/");
	await expect(chat.page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
});

/** Presses Tab until the control with this name has the focus; fails when a whole round does not find it. */
async function tabTo(page: Page, name: string, key: "Tab" | "Shift+Tab"): Promise<void> {
	for (let presses = 0; presses < 40; presses++) {
		await page.keyboard.press(key);
		const focused = await page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
		if (focused === name) return;
	}
	throw new Error(`"${name}" cannot be reached with ${key}.`);
}

test("an answer is announced when it starts and when it ends, never word by word", async ({ chat }) => {
	await chat.page.evaluate(() => {
		const said: string[] = [];
		Reflect.set(globalThis, "said", said);
		const status = document.querySelector('[role="status"]');
		if (status)
			new MutationObserver(() => said.push(status.textContent ?? "")).observe(status, {
				childList: true,
				characterData: true,
				subtree: true,
			});
	});
	await chat.ask(toEcho(countedWords(60), "itl=10"));
	await expect(chat.announcer).toHaveText("Answer finished, 60 words");
	const said = await chat.page.evaluate(() => Reflect.get(globalThis, "said"));
	expect(said).toEqual(["Answer started", "Answer finished, 60 words"]);
	await expect(chat.lastAnswer).not.toHaveAttribute("aria-live");
});

test("at 320 px nothing scrolls sideways but code within itself, which the keyboard reaches", async ({
	chat,
}) => {
	for (const prompt of richPrompts) await chat.ask(prompt);
	await chat.page.setViewportSize({ width: 320, height: 640 });
	await expect(chat.field).toBeInViewport();
	const thread = chat.page.getByTestId("thread");
	await expect
		.poll(() => thread.evaluate((element) => element.scrollWidth - element.clientWidth))
		.toBeLessThanOrEqual(0);
	expect(await chat.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
	const code = chat.answers.nth(1).getByRole("figure").first().locator("pre");
	expect(await code.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
	expect(await code.getAttribute("tabindex")).toBe("0");
});
