// Longer than other files: every way in which a message is written and sent.

import { expect, test } from "./fixtures.ts";
import { ChatPage } from "./pages/chat.ts";
import type { Api } from "./support/api.ts";
import { endless } from "./support/numbered.ts";
import type { Upstream } from "./support/upstream.ts";

const sendCall = "**/api/trpc/*chat.send*";
const sendingAgain = "The server isn't responding. Resending…";

test("Enter sends and Shift+Enter begins a new line", async ({ chat }) => {
	await chat.field.fill("first line");
	await chat.field.press("Shift+Enter");
	await chat.page.keyboard.type("second line");
	await expect(chat.field).toHaveValue("first line\nsecond line");
	await chat.field.press("Enter");
	await expect(chat.field).toHaveValue("");
	await expect(chat.mine).toContainText("first line\nsecond line", { useInnerText: true });
});

test("Enter while an input method composes sends nothing", async ({ chat, context }) => {
	const keyboard = await context.newCDPSession(chat.page);
	const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 };
	await chat.field.focus();
	await keyboard.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
	await expect(chat.field).toHaveValue("にほん");
	await keyboard.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
	await keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
	await keyboard.send("Input.insertText", { text: "日本" });
	await expect(chat.field).toHaveValue("日本");
	await expect(chat.mine).toHaveCount(0);
	await chat.field.press("Enter");
	await expect(chat.mine).toContainText("日本");
});

test("every chat keeps its own draft, also over a reload", async ({ chat, sidebar }) => {
	await chat.ask("Hello!");
	await chat.field.fill("a thought for this chat");
	await chat.openNew();
	await expect(chat.field).toHaveValue("");
	await chat.field.fill("a thought for a new one");
	await sidebar.thread("Hello!").click();
	await expect(chat.field).toHaveValue("a thought for this chat");
	await chat.reload();
	await expect(chat.field).toHaveValue("a thought for this chat");
	await chat.openNew();
	await expect(chat.field).toHaveValue("a thought for a new one");
	await chat.field.press("Enter");
	await chat.waitForEnd();
	await chat.reload();
	await expect(chat.field).toHaveValue("");
});

test("a message that is too long is answered with words and stays in the field", async ({ chat }) => {
	const text = "far too many ".repeat(16_000);
	await chat.field.fill(text);
	await expect(chat.page.getByRole("alert").filter({ hasText: "208,000 characters" })).toContainText(
		"The limit is 200,000. Shorten it or send it in parts.",
	);
	await chat.field.press("Enter");
	await expect(chat.mine).toHaveCount(0);
	await expect(chat.field).toHaveValue(text);
	await chat.field.fill("short enough");
	await expect(chat.page.getByText("The limit is 200,000.")).toBeHidden();
	await chat.field.press("Enter");
	await expect(chat.mine).toContainText("short enough");
});

test("a message whose receipt was lost is sent again by itself, and is there exactly once", async ({
	chat,
	api,
	upstream,
}) => {
	await upstream.reset();
	// The server hears every try; the browser hears none of its replies.
	await chat.page.route(sendCall, async (route) => {
		await route.fetch();
		await route.abort("connectionreset");
	});
	await chat.send("Say this once");
	await expect(chat.lastAnswer).toContainText(sendingAgain);
	await expect(chat.announcer).toHaveText(sendingAgain);
	await expect(chat.mine).toHaveText(/Say this once/);
	await chat.page.unroute(sendCall);
	await chat.waitForEnd();
	await expect(chat.mine).toHaveCount(1);
	await expectOnce("Say this once", { api, upstream, threadId: await chat.threadId() });
});

test("Stop ends the tries: the message is marked, and Try again delivers it exactly once", async ({
	chat,
	api,
	upstream,
}) => {
	await upstream.reset();
	await chat.page.route(sendCall, async (route) => {
		await route.fetch();
		await route.abort("connectionreset");
	});
	await chat.send("Say this once");
	await expect(chat.lastAnswer).toContainText(sendingAgain);
	await chat.stopButton.click();
	await expect(chat.mine).toContainText("Not sent");
	await expect(chat.mine).toContainText("The server isn't responding. Your message is saved.");
	await expect(chat.answers).toHaveCount(0);
	await chat.page.unroute(sendCall);
	await chat.mine.getByRole("button", { name: "Try again" }).click();
	await chat.waitForEnd();
	await expect(chat.mine).toHaveCount(1);
	await expect(chat.mine).not.toContainText("Not sent");
	await expectOnce("Say this once", { api, upstream, threadId: await chat.threadId() });
});

test("an unsent message that the server has after all is not shown twice", async ({ chat }) => {
	await chat.ask("Hello!");
	await chat.page.route(sendCall, async (route) => {
		await route.fetch();
		await route.abort("connectionreset");
	});
	await chat.send("Say this once");
	await expect(chat.lastAnswer).toContainText(sendingAgain);
	await chat.stopButton.click();
	// The stream of changes tells that the server answers it.
	await expect(chat.answers).toHaveCount(2);
	await chat.waitForEnd();
	await expect(chat.mine).toHaveText([/Hello!/, /Say this once/]);
	await expect(chat.mine.last()).not.toContainText("Not sent");
	await chat.reload();
	await expect(chat.mine).toHaveText([/Hello!/, /Say this once/]);
});

test("a server that stands still for a while gets the message once, as soon as it goes on", async ({
	chat,
	api,
	parley,
}) => {
	await chat.ask("Hello!");
	parley.pause();
	try {
		await chat.send("Are you there?");
		await expect(chat.mine.last()).toContainText("Are you there?");
		await expect(chat.lastAnswer).toHaveAttribute("aria-busy", "true");
	} finally {
		parley.resume();
	}
	await chat.waitForEnd();
	const { messages } = await api.readThread(await chat.threadId());
	expect(messages.filter(({ text }) => text === "Are you there?")).toHaveLength(1);
});

test("a message that the server never got goes out after a reload, once and in its place", async ({
	chat,
	api,
	upstream,
}) => {
	await chat.ask("Hello!");
	await upstream.reset();
	await chat.page.route(sendCall, (route) => route.abort("connectionrefused"));
	await chat.send("Do not lose this");
	await expect(chat.lastAnswer).toContainText(sendingAgain);
	await chat.field.fill("and a thought beside it");
	await chat.reload();
	await expect(chat.mine.last()).toContainText("Do not lose this");
	await expect(chat.lastAnswer).toContainText(sendingAgain);
	await expect(chat.field).toHaveValue("and a thought beside it");
	await chat.page.unroute(sendCall);
	await chat.waitForEnd();
	await expect(chat.mine).toHaveText([/Hello!/, /Do not lose this/]);
	await expectOnce("Do not lose this", { api, upstream, threadId: await chat.threadId() });
	await chat.reload();
	await expect(chat.mine).toHaveText([/Hello!/, /Do not lose this/]);
	await expect(chat.field).toHaveValue("and a thought beside it");
});

test("Edit gives an unsent message back to the field", async ({ chat }) => {
	await chat.page.route(sendCall, (route) => route.abort("connectionrefused"));
	await chat.send("Almost right");
	await expect(chat.lastAnswer).toContainText(sendingAgain);
	await chat.stopButton.click();
	await chat.mine.getByRole("button", { name: "Edit", exact: true }).click();
	await expect(chat.field).toHaveValue("Almost right");
	await expect(chat.field).toBeFocused();
	await expect(chat.mine).toHaveCount(0);
	await chat.page.unroute(sendCall);
	await chat.reload();
	await expect(chat.field).toHaveValue("Almost right");
	await expect(chat.mine).toHaveCount(0);
});

test("a message written while an answer runs waits in line, also over a reload, and is sent after it", async ({
	chat,
}) => {
	await chat.sendAndWatch(endless, "w20");
	await chat.threadId();
	await chat.send("The next one");
	const queued = chat.page.getByRole("region", { name: "Next message" });
	await expect(queued).toContainText("The next one");
	await expect(chat.field).toHaveValue("");
	await chat.reload();
	await expect(queued).toContainText("The next one");
	await expect(chat.mine).toHaveCount(1);
	await chat.stopButton.click();
	await expect(chat.mine).toHaveCount(2);
	await expect(queued).toBeHidden();
	await expect(chat.answers).toHaveCount(2);
	await chat.waitForEnd();
	await expect(chat.mine.last()).toContainText("The next one");
});

test("what is put into the field stands above what was typed there, and Undo takes it out again", async ({
	chat,
}) => {
	await chat.field.fill("my own words");
	const [starter] = await chat.page.getByRole("main").getByRole("listitem").allTextContents();
	await chat.page.getByRole("button", { name: starter }).click();
	await expect(chat.field).toHaveValue(`${starter}\n\nmy own words`);
	await chat.field.press("ControlOrMeta+Z");
	await expect(chat.field).toHaveValue("my own words");

	await chat.sendAndWatch(endless, "w20");
	await chat.send("The next one");
	await chat.field.fill("typed meanwhile");
	await chat.page.getByRole("region", { name: "Next message" }).getByRole("button", { name: "Edit" }).click();
	await expect(chat.field).toHaveValue("The next one\n\ntyped meanwhile");
});

test("a second message for the line joins the one that waits", async ({ chat }) => {
	await chat.sendAndWatch(endless, "w20");
	await chat.send("The next one");
	await chat.send("and one more thing");
	const queued = chat.page.getByRole("region", { name: "Next message" });
	await expect(queued).toContainText("The next one and one more thing");
	await expect(chat.field).toHaveValue("");
	await chat.stopButton.click();
	await expect(chat.mine.last()).toContainText("The next one\n\nand one more thing", { useInnerText: true });
	await expect(chat.mine).toHaveCount(2);
});

test("a refused message stays where it was sent, is never sent again by itself, and Edit keeps what was typed", async ({
	chat,
	openTab,
	upstream,
}) => {
	await chat.ask("Hello!");
	await upstream.reset();
	const refusal = { code: "forbidden", details: { reason: "model_not_allowed" }, requestId: "r1" };
	await chat.page.context().route(sendCall, (route) =>
		route.fulfill({
			status: 403,
			json: [
				{
					error: {
						message: "no",
						code: -32603,
						data: { code: "FORBIDDEN", httpStatus: 403, parley: refusal },
					},
				},
			],
		}),
	);
	await chat.send("Not for you");
	await expect(chat.mine.last()).toContainText("Your plan doesn't include this model.");
	await chat.page.context().unroute(sendCall);
	const other = new ChatPage(await openTab(`/threads/${await chat.threadId()}`));
	await expect(other.mine).toHaveText([/Hello!/]);
	await chat.reload();
	await expect(chat.mine.last()).toContainText("Your plan doesn't include this model.");
	await expect(chat.mine).toHaveText([/Hello!/, /Not for you/]);
	await chat.openNew();
	await expect(chat.mine).toHaveCount(0);
	await chat.page.goBack();
	await expect(chat.mine).toHaveText([/Hello!/, /Not for you/]);
	const asked = (await upstream.requests()).filter(
		({ messages }) => messages?.at(-1)?.text === "Not for you",
	);
	expect(asked).toEqual([]);

	await chat.field.fill("typed meanwhile");
	await chat.mine.last().getByRole("button", { name: "Edit", exact: true }).click();
	await expect(chat.field).toHaveValue("Not for you\n\ntyped meanwhile");
	await expect(chat.mine).toHaveText([/Hello!/]);
});

test("a half-made change of a message outlives a reload, and giving it up can be undone", async ({
	chat,
}) => {
	await chat.ask("Hello!");
	const edit = chat.page.getByRole("button", { name: "Edit message" });
	const editField = chat.page.getByRole("textbox", { name: "Edit message" });
	await chat.mine.hover();
	await edit.click();
	await editField.fill("Hello again, half");
	await chat.reload();
	await chat.mine.hover();
	await edit.click();
	await expect(editField).toHaveValue("Hello again, half");
	await editField.press("Escape");
	await chat.page.getByRole("button", { name: "Undo" }).click();
	await expect(editField).toHaveValue("Hello again, half");
	await editField.press("Escape");
	await edit.click();
	await expect(editField).toHaveValue("Hello!");
});

test("new chats in two tabs keep two drafts, and sending one leaves the other", async ({ chat, openTab }) => {
	const other = new ChatPage(await openTab("/"));
	await chat.field.fill("from the first tab");
	await other.field.fill("from the second tab");
	await chat.reload();
	await other.reload();
	await expect(chat.field).toHaveValue("from the first tab");
	await expect(other.field).toHaveValue("from the second tab");
	await chat.field.press("Enter");
	await chat.waitForEnd();
	await other.page.close();
	const third = new ChatPage(await openTab("/"));
	await expect(third.field).toHaveValue("from the second tab");
});

test("ArrowUp in the empty field brings back my last message", async ({ chat }) => {
	await chat.ask("Hello!");
	await chat.field.press("ArrowUp");
	await expect(chat.field).toHaveValue("Hello!");
	await chat.field.press("ArrowDown");
	await expect(chat.field).toHaveValue("");
});

/** The server keeps the message once, with one answer, and asked its provider once. */
async function expectOnce(
	said: string,
	{ api, upstream, threadId }: { api: Api; upstream: Upstream; threadId: string },
): Promise<void> {
	const { messages } = await api.readThread(threadId);
	const at = messages.findIndex(({ text }) => text === said);
	expect(messages.slice(at).map(({ role }) => role)).toEqual(["user", "assistant"]);
	expect(messages[at]?.siblings.ids).toHaveLength(1);
	expect(await api.query("threads.list", {})).toMatchObject({ threads: [{ id: threadId }] });
	const asked = (await upstream.requests()).filter(({ messages: sent }) => sent?.at(-1)?.text === said);
	expect(asked).toHaveLength(1);
}
