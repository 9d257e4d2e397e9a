import type { Locator } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { insertLongThread } from "./support/long-thread.ts";

const readTop = (thread: Locator, text: string) =>
	thread.evaluate((element, wanted) => {
		const rows = [...element.querySelectorAll("article")];
		return rows.find((row) => row.textContent?.includes(wanted))?.getBoundingClientRect().top ?? Number.NaN;
	}, text);

test("a thread of 1,000 messages opens at its end, and older ones come as I scroll up without moving what I read", async ({
	chat,
	parley,
	person,
}) => {
	const threadId = await insertLongThread(await parley.databaseUrl(), { email: person.email, count: 1_000 });
	await chat.open(`/threads/${threadId}`);
	await expect(chat.answers.last()).toContainText("answer 500");
	await expect(chat.lastAnswer).toBeInViewport();
	await expect(chat.mine.first()).toContainText("question 476");
	const thread = chat.page.getByTestId("thread");

	const held = Promise.withResolvers<void>();
	await chat.page.route("**/api/trpc/*threads.get*", async (route) => {
		await held.promise;
		await route.continue();
	});
	// As a person does: what only sets the position, while the end is still being laid out, is taken for layout.
	await thread.hover();
	const scrollUp = async () => {
		await chat.page.mouse.wheel(0, -50_000);
		return await thread.evaluate((element) => element.scrollTop);
	};
	await expect.poll(scrollUp).toBe(0);
	await expect(chat.page.getByText("Loading older messages…")).toBeVisible();
	const before = await readTop(thread, "question 476");
	held.resolve();
	await expect(chat.mine.first()).toContainText("question 451");
	const toMove = async () => Math.abs((await readTop(thread, "question 476")) - before);
	await expect.poll(toMove, { timeout: 1_000 }).toBeLessThan(2);

	for (const first of [426, 401]) {
		await thread.evaluate((element) => {
			element.scrollTop = 0;
		});
		await expect(chat.mine.first()).toContainText(`question ${first}`);
	}
	// No cascade: one page for each time that the top is reached.
	await expect(chat.page.getByText("Loading older messages…")).toBeHidden();
	await expect(chat.mine.first()).toContainText("question 401");
});
