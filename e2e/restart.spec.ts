import { expect, test } from "./fixtures.ts";
import { countedWords, toEcho } from "./support/numbered.ts";

test("after kill -9 in mid-answer and a new start, everything that could be read is kept and can be continued", async ({
	chat,
	api,
	parley,
}) => {
	await chat.sendAndWatch(toEcho(countedWords(3000), "itl=12"), "w60");
	const threadId = await chat.threadId();
	await parley.kill9();
	const read = await chat.words();
	expect(read).toContain("w60");
	await parley.restart();
	await expect(chat.lastAnswer.getByRole("alert")).toContainText("What you see is saved.", {
		timeout: 30_000,
	});
	const stored = (await api.readThread(threadId)).messages.at(-1);
	expect(stored?.turn?.status).toBe("interrupted");
	expect(stored?.text.startsWith(read)).toBe(true);
	expect(countedWords(3000).startsWith(stored?.text.trim() ?? "nothing")).toBe(true);
	await expect.poll(() => chat.words()).toBe(stored?.text.trim());

	await chat.reload();
	await expect.poll(() => chat.words()).toBe(stored?.text.trim());
	await expect(chat.lastAnswer.getByRole("button", { name: "Try again" })).toBeVisible();
	await chat.continueButton.click();
	await expect(chat.lastAnswer.getByRole("alert")).toHaveCount(0);
	await expect(chat.lastAnswer).toContainText("w60");
	await chat.waitForEnd();
	const whole = (await api.readThread(threadId)).messages;
	expect(whole.map(({ role }) => role)).toEqual(["user", "assistant"]);
	expect(whole.at(-1)).toMatchObject({
		id: stored?.id,
		siblings: { index: 0 },
		turn: { status: "complete" },
	});
	expect(whole.at(-1)?.text.startsWith(stored?.text ?? "nothing")).toBe(true);
	expect(whole.at(-1)?.text.length).toBeGreaterThan(stored?.text.length ?? Number.POSITIVE_INFINITY);
});

test("a message sent while the server is down is sent again by itself when it is back, once", async ({
	chat,
	api,
	parley,
	upstream,
}) => {
	await chat.ask("Hello!");
	const threadId = await chat.threadId();
	await upstream.reset();
	await parley.kill9();
	await chat.send("Are you there?");
	await expect(chat.mine.last()).toContainText("Are you there?");
	await expect(chat.lastAnswer).toContainText("The server isn't responding. Resending…");
	await parley.restart();
	await expect(chat.announcer).toHaveText(/^Answer finished/);
	await chat.waitForEnd();
	const { messages } = await api.readThread(threadId);
	expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
	await expect(chat.mine).toHaveText([/Hello!/, /Are you there\?/]);
	const asked = (await upstream.requests()).filter(({ messages: said }) =>
		said?.some(({ text }) => text === "Are you there?"),
	);
	expect(asked).toHaveLength(1);
});

test("a polite end waits for the answer that is being written", async ({ chat, parley, upstream }) => {
	await upstream.reset();
	await chat.sendAndWatch(toEcho(countedWords(200), "itl=12"), "w20");
	await chat.threadId();
	await parley.restart();
	await chat.reload();
	await chat.waitForEnd();
	await expect.poll(() => chat.words()).toBe(countedWords(200));
});
