import { expect, test } from "./fixtures.ts";
import { countedWords, toEcho } from "./support/numbered.ts";

test("after kill -9 in mid-answer and a new start, everything that could be read is kept, with Retry", async ({
	chat,
	doors,
	parley,
}) => {
	await chat.sendAndWatch(toEcho(countedWords(3000), "itl=12"), "w60");
	const threadId = await chat.threadId();
	await parley.kill9();
	const read = await chat.words();
	expect(read).toContain("w60");
	await parley.restart();
	await expect(chat.lastAnswer.getByRole("alert")).toContainText("The part you see is saved.", {
		timeout: 30_000,
	});
	await expect(chat.lastAnswer).toContainText("Interrupted");
	const stored = (await doors.readThread(threadId)).messages.at(-1);
	expect(stored?.turn?.status).toBe("interrupted");
	expect(stored?.text.startsWith(read)).toBe(true);
	expect(countedWords(3000).startsWith(stored?.text.trim() ?? "nothing")).toBe(true);
	expect(await chat.words()).toBe(stored?.text.trim());

	await chat.reload();
	expect(await chat.words()).toBe(stored?.text.trim());
	await chat.lastAnswer.getByRole("button", { name: "Retry" }).click();
	await expect(chat.lastAnswer).toHaveAttribute("aria-busy", "true");
	await expect(chat.lastAnswer).toContainText("w20");
	await chat.stopButton.click();
	await chat.waitForEnd();
});

test("a polite end waits for the answer that is being written", async ({ chat, parley, upstream }) => {
	await upstream.reset();
	await chat.sendAndWatch(toEcho(countedWords(200), "itl=12"), "w20");
	await chat.threadId();
	await parley.restart();
	await chat.reload();
	await chat.waitForEnd();
	expect(await chat.words()).toBe(countedWords(200));
});
