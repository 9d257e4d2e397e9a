import type { Page } from "@playwright/test";
import { v7 } from "uuid";
import * as z from "zod";
import { expect, test } from "./fixtures.ts";
import type { Api } from "./support/api.ts";
import { endless, toEcho } from "./support/numbered.ts";

/** One black pixel. */
const base64 =
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const image = { type: "image", mediaType: "image/png", source: { type: "inline", base64 } };
const sent = z.object({ threadId: z.string() });
const stored = z.object({ messages: z.array(z.object({ text: z.string(), parts: z.unknown() })) });

test("an image that an app sent is shown, and an edit of its words keeps it", async ({ chat, api }) => {
	const parts = [{ type: "text", text: toEcho("a black dot", "itl=2") }, image];
	const { threadId } = sent.parse(await api.mutate("chat.send", { parts }));
	await chat.open(`/threads/${threadId}`);
	await chat.waitForEnd();
	const mine = chat.mine.first();
	const chip = mine.getByRole("list", { name: "Attachments" }).getByText("Image");
	await expect(chip).toBeVisible();
	await mine.hover();
	await mine.getByRole("button", { name: "Edit message" }).click();
	const changed = toEcho("a small dot", "itl=2");
	const editor = chat.page.getByRole("textbox", { name: "Edit message" });
	await editor.fill(changed);
	await editor.press("ControlOrMeta+Enter");
	await expect(chat.lastAnswer).toContainText("a small dot");
	await chat.waitForEnd();
	await expect(chip).toBeVisible();
	const { messages } = stored.parse(await api.query("threads.get", { threadId }));
	expect(messages[0]).toMatchObject({ text: changed, parts: [{ type: "text", text: changed }, image] });
	await chat.reload();
	await expect(chip).toBeVisible();
});

test("Edit of a message that waits keeps its image, over a reload too", async ({ chat, api }) => {
	const hello = { text: toEcho("hello", "itl=2") };
	const { threadId } = sent.parse(await api.mutate("chat.send", hello));
	await chat.open(`/threads/${threadId}`);
	await chat.waitForEnd();
	const words = toEcho("a waiting dot", "itl=2");
	await keepRefused(chat.page, { threadId, text: words, parts: [{ type: "text", text: words }, image] });
	await chat.reload();
	await chat.failure.getByRole("button", { name: "Edit" }).click();
	const composer = chat.page.locator("#composer");
	const chip = composer.getByRole("list", { name: "Attachments" }).getByText("Image");
	await expect(chat.field).toHaveValue(words);
	await expect(chip).toBeVisible();

	await api.mutate("chat.send", { threadId, text: endless });
	await expect(chat.lastAnswer).toContainText("w5");
	await chat.field.press("Enter");
	const waiting = chat.page.getByRole("region", { name: "Next message" });
	await expect(waiting.getByText("Image")).toBeVisible();
	await expect(chat.field).toHaveValue("");
	await waiting.getByRole("button", { name: "Edit" }).click();
	await expect(waiting).toBeHidden();
	await expect(chat.field).toHaveValue(words);
	await chat.reload();
	await expect(chat.field).toHaveValue(words);
	await expect(chip).toBeVisible();

	await api.mutate("chat.stop", { turnId: await readLiveTurn(api, threadId) });
	await chat.waitForEnd();
	await chat.field.press("Enter");
	await expect(chat.lastAnswer).toContainText("a waiting dot");
	await expect(chip).toBeHidden();
	const { messages } = stored.parse(await api.query("threads.get", { threadId }));
	expect(messages.find(({ text }) => text === words)?.parts).toContainEqual(image);
});

test("an image that is taken out of a message is not sent with it", async ({ chat, api }) => {
	const { threadId } = sent.parse(await api.mutate("chat.send", { text: toEcho("hello", "itl=2") }));
	await chat.open(`/threads/${threadId}`);
	await chat.waitForEnd();
	await keepRefused(chat.page, { threadId, text: "", parts: [image] });
	await chat.reload();
	await chat.failure.getByRole("button", { name: "Edit" }).click();
	await expect(chat.sendButton).toHaveAttribute("aria-disabled", "false");
	await chat.page.locator("#composer").getByRole("button", { name: "Remove Image" }).click();
	await expect(chat.sendButton).toHaveAttribute("aria-disabled", "true");
	await chat.ask(toEcho("words alone", "itl=2"));
	const { messages } = stored.parse(await api.query("threads.get", { threadId }));
	expect(messages.filter(({ parts }) => parts !== null)).toEqual([]);
});

/** A message that was refused on an earlier visit, as the browser keeps it. */
async function keepRefused(
	page: Page,
	{ threadId, ...message }: { threadId: string; text: string; parts: readonly object[] },
): Promise<void> {
	const clientMessageId = v7();
	const unsent = {
		request: { clientMessageId, model: null, ...message },
		threadId,
		shownBelowId: null,
		sentAtMs: Date.now(),
		failure: { code: "content_filtered", details: {}, requestId: null },
	};
	await page.evaluate(
		([id, json]) => {
			const { viewer } = document.documentElement.dataset;
			localStorage.setItem(`parley-unsent:${viewer}:${id}`, json);
		},
		[clientMessageId, JSON.stringify(unsent)] as const,
	);
}

const live = z.object({ messages: z.array(z.object({ turn: z.object({ turnId: z.string() }).nullable() })) });

async function readLiveTurn(api: Api, threadId: string): Promise<string> {
	const { messages } = live.parse(await api.query("threads.get", { threadId }));
	return messages.at(-1)?.turn?.turnId ?? "";
}

test("an image without words has a title, a chip and no empty bubble", async ({ chat, api }) => {
	const { threadId } = sent.parse(await api.mutate("chat.send", { parts: [image] }));
	await chat.open(`/threads/${threadId}`);
	// The second is the model's title, which comes after the answer.
	await expect(chat.title).toHaveText(/^(Image|Untitled)$/);
	await expect(chat.mine.first().getByRole("list", { name: "Attachments" })).toHaveText("Image");
	await expect(chat.mine.first().getByRole("button", { name: "Copy message" })).toHaveCount(0);
});
