import type { Locator } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import type { ChatPage } from "./pages/chat.ts";
import { countedWords, toEcho } from "./support/numbered.ts";

test.use({ viewport: { width: 900, height: 500 } });

/** So long that it still grows when a slow machine has done everything that a test does meanwhile. */
const long = toEcho(countedWords(2_500), "itl=10");

const toThread = (chat: ChatPage) => chat.page.getByTestId("thread");
const readTop = (thread: Locator) => thread.evaluate((element) => element.scrollTop);
const readRest = (thread: Locator) =>
	thread.evaluate((element) => element.scrollHeight - element.clientHeight - element.scrollTop);

/** Waits until the view has not moved for ten frames, and says where it stands. */
async function settle(thread: Locator): Promise<number> {
	return await thread.evaluate(
		(element) =>
			new Promise<number>((resolve) => {
				let [top, frames] = [element.scrollTop, 0];
				const look = () => {
					frames = element.scrollTop === top ? frames + 1 : 0;
					top = element.scrollTop;
					if (frames >= 10) resolve(top);
					else requestAnimationFrame(look);
				};
				requestAnimationFrame(look);
			}),
	);
}

/** Scrolls by the wheel with the pointer over the thread. */
async function wheel(chat: ChatPage, deltaY: number): Promise<void> {
	await toThread(chat).hover({ position: { x: 20, y: 150 } });
	await chat.page.mouse.wheel(0, deltaY);
}

test("my message moves near the top, and the view stands still until the answer has filled the space", async ({
	chat,
}) => {
	await chat.ask("Write a long article about queues in software. [[sim itl=1]]");
	const thread = toThread(chat);
	await chat.send(toEcho(`${countedWords(12)}`, "itl=60,ttft=600"));
	await expect(chat.mine).toHaveCount(2);
	const top = await settle(thread);
	const distance = await thread.evaluate((element) => {
		const mine = [...element.querySelectorAll('article[data-role="user"]')].at(-1);
		return (mine?.getBoundingClientRect().top ?? 0) - element.getBoundingClientRect().top;
	});
	expect(distance).toBeGreaterThan(20);
	expect(distance).toBeLessThan(80);
	await expect(chat.lastAnswer).toContainText("w12");
	await chat.waitForEnd();
	expect(await settle(thread)).toBe(top);
});

test("a long answer is followed to its end", async ({ chat }) => {
	await chat.send(toEcho(countedWords(500), "itl=5"));
	await chat.waitForEnd();
	await expect.poll(() => readRest(toThread(chat))).toBeLessThan(60);
	await expect(chat.jump).toBeHidden();
});

test("scrolling up a little lets go at once, and nothing takes hold again while the answer grows", async ({
	chat,
}) => {
	const thread = toThread(chat);
	await chat.sendAndWatch(long, "w250");
	await wheel(chat, -120);
	const top = await settle(thread);
	await expect.poll(() => readRest(thread), { timeout: 20_000 }).toBeGreaterThan(400);
	expect(await readTop(thread)).toBe(top);
	await expect(chat.jump).toBeVisible();
	await chat.field.press("Escape");
	await chat.waitForEnd();
	expect(await settle(thread)).toBe(top);
});

test("the keyboard lets go as the wheel does", async ({ chat }) => {
	const thread = toThread(chat);
	await chat.sendAndWatch(long, "w250");
	// Into the margin beside the words: a click on the answer itself would scroll to where it begins.
	await thread.click({ position: { x: 4, y: 200 } });
	for (const key of ["PageUp", "ArrowUp"]) {
		await chat.page.keyboard.press(key);
		const top = await settle(thread);
		const rest = await readRest(thread);
		expect(rest).toBeGreaterThan(20);
		await expect.poll(() => readRest(thread), { timeout: 20_000 }).toBeGreaterThan(rest + 100);
		expect(await readTop(thread)).toBe(top);
		await chat.jump.click();
		await expect.poll(() => readRest(thread)).toBeLessThan(60);
	}
	await chat.field.press("Escape");
});

test("the jump button shows from 200 px on, leads to the end, and the answer is followed again", async ({
	chat,
}) => {
	const thread = toThread(chat);
	await chat.sendAndWatch(long, "w250");
	await expect(chat.jump).toBeHidden();
	await wheel(chat, -500);
	await expect(chat.jump).toBeVisible();
	await chat.jump.click();
	await expect.poll(() => readRest(thread)).toBeLessThan(60);
	await expect(chat.jump).toBeHidden();
	const top = await readTop(thread);
	await expect.poll(() => readTop(thread)).toBeGreaterThan(top + 100);
	await expect.poll(() => readRest(thread)).toBeLessThan(60);
	await chat.field.press("Escape");
});

test("an old chat opens at its end", async ({ chat }) => {
	await chat.ask("Write a long article about queues in software. [[sim itl=1]]");
	await chat.threadId();
	await chat.reload();
	const thread = toThread(chat);
	await settle(thread);
	expect(await readRest(thread)).toBeLessThan(60);
	await expect(chat.jump).toBeHidden();
});
