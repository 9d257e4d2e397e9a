import { devices, type Page, type TestInfo } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { ChatPage } from "./pages/chat.ts";
import { watchQuality } from "./support/measure.ts";

const prompt = "Write a TypeScript function that limits how many promises run at once.";

async function attach(page: Page, testInfo: TestInfo, name: string): Promise<void> {
	await testInfo.attach(name, { body: await page.screenshot(), contentType: "image/png" });
}

test("at 100 tokens a second nothing shifts and no task holds the page up", async ({ chat }) => {
	await chat.ask("Hello!");
	const read = await watchQuality(chat.page);
	await chat.send("Write a long article about queues in software. [[sim tps=100,tokens=400]]");
	await expect(chat.answers).toHaveCount(2);
	await read();
	const stretches = [];
	for (const characters of [400, 800, 1_200, 1_600]) {
		await expect
			.poll(async () => (await chat.lastAnswer.textContent())?.length, { intervals: [50] })
			.toBeGreaterThan(characters);
		stretches.push(await read());
	}
	await chat.waitForEnd();
	test.info().annotations.push({ type: "measured", description: JSON.stringify(stretches) });
	const shift = stretches.reduce((sum, stretch) => sum + stretch.shift, (await read()).shift);
	expect(shift).toBeLessThan(0.02);
	// Other programs of the machine only ever add to a task's time: the calmest stretch tells what the page itself takes.
	expect(Math.min(...stretches.map(({ longestTaskMs }) => longestTaskMs))).toBeLessThan(100);
});

test("pictures of the chat in light and dark are kept with the report", async ({ chat }, testInfo) => {
	await attach(chat.page, testInfo, "empty");
	await chat.ask(prompt);
	for (const colorScheme of ["light", "dark"] as const) {
		await chat.page.emulateMedia({ colorScheme });
		await expect(chat.page.locator("html")).toHaveAttribute("data-theme", colorScheme);
		await attach(chat.page, testInfo, colorScheme);
	}
});

test("on a phone every target is 44 px, and the field stays within the screen", async ({
	openBrowser,
	people,
}, testInfo) => {
	const { defaultBrowserType: _, ...phone } = devices["Pixel 7"];
	const page = await openBrowser(await people.join(), { ...phone, colorScheme: "dark" });
	const chat = new ChatPage(page);
	await chat.open();
	await attach(page, testInfo, "phone empty");
	await chat.field.fill(prompt);
	await chat.sendButton.click();
	await expect(chat.answers).toHaveCount(1);
	await chat.waitForEnd();
	await attach(page, testInfo, "phone");
	expect(await findSmallTargets(page)).toEqual([]);
	await expect(chat.field).toBeInViewport();
	await page.getByRole("button", { name: "Open sidebar" }).click();
	await expect(page.getByRole("dialog", { name: "Chats" })).toBeVisible();
	await attach(page, testInfo, "phone drawer");
	expect(await findSmallTargets(page)).toEqual([]);
});

test("on a phone the header begins a new chat, and a swipe from the edge is left to the system", async ({
	openBrowser,
	people,
}) => {
	const { defaultBrowserType: _, ...phone } = devices["Pixel 7"];
	const chat = new ChatPage(await openBrowser(await people.join(), phone));
	await chat.open();
	await chat.field.fill("Hello!");
	await chat.sendButton.click();
	await chat.waitForEnd();
	const drawer = chat.page.getByRole("dialog", { name: "Chats" });
	await swipe(chat.page, 5, 200);
	await expect(drawer).toBeHidden();
	await swipe(chat.page, 60, 260);
	await expect(drawer).toBeVisible();
	await chat.page.keyboard.press("Escape");
	await expect(drawer).toBeHidden();
	await chat.page.getByRole("link", { name: "New chat" }).click();
	await expect(chat.title).toHaveText("New chat");
	await expect(chat.mine).toHaveCount(0);
});

test("in the system's own colours the current chat is marked", async ({ chat, sidebar }) => {
	await chat.ask("The older chat");
	await chat.openNew();
	await chat.ask("The current chat");
	await chat.page.emulateMedia({ forcedColors: "active" });
	await expect(sidebar.thread("The current chat")).toHaveCSS("outline-style", "solid");
	await expect(sidebar.thread("The older chat")).toHaveCSS("outline-style", "none");
});

test("on a phone's keyboard Enter makes a new line, and the button sends", async ({
	openBrowser,
	people,
}) => {
	const { defaultBrowserType: _, ...phone } = devices["Pixel 7"];
	const chat = new ChatPage(await openBrowser(await people.join(), phone));
	await chat.open();
	await chat.field.fill("one");
	await chat.field.press("Enter");
	await chat.page.keyboard.type("two");
	await expect(chat.field).toHaveValue("one\ntwo");
	await chat.sendButton.click();
	await expect(chat.mine).toHaveCount(1);
});

/** A finger that moves to the right, in the middle of the page. */
async function swipe(page: Page, fromX: number, toX: number): Promise<void> {
	await page.getByRole("main").evaluate(
		(target, xs) => {
			for (const [index, clientX] of xs.entries()) {
				const touch = new Touch({ identifier: 1, target, clientX, clientY: 400 });
				const type = index === 0 ? "touchstart" : "touchmove";
				target.dispatchEvent(new TouchEvent(type, { touches: [touch], bubbles: true }));
			}
		},
		[fromX, (fromX + toX) / 2, toX],
	);
}

/** Names of buttons that are lower than 44 px. Links within text may be as high as their line. */
async function findSmallTargets(page: Page): Promise<string[]> {
	const small: string[] = [];
	for (const button of await page.getByRole("button").all()) {
		if (!(await button.isVisible())) continue;
		const box = await button.boundingBox();
		if (box && Math.min(box.height, box.width) < 43.5)
			small.push(
				`${await button.getAttribute("aria-label")} ${Math.round(box.width)} x ${Math.round(box.height)}`,
			);
	}
	return small;
}
