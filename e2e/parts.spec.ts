import * as z from "zod";
import { expect, test } from "./fixtures.ts";
import { toEcho } from "./support/numbered.ts";

/** One black pixel. */
const base64 =
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const image = { type: "image", mediaType: "image/png", source: { type: "inline", base64 } };
const sent = z.object({ threadId: z.string() });
const stored = z.object({ messages: z.array(z.object({ text: z.string(), parts: z.unknown() })) });

test("an image that an app sent is shown, and an edit of its words keeps it", async ({ chat, doors }) => {
	const parts = [{ type: "text", text: toEcho("a black dot", "itl=2") }, image];
	const { threadId } = sent.parse(await doors.mutate("chat.send", { parts }));
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
	const { messages } = stored.parse(await doors.query("threads.get", { threadId }));
	expect(messages[0]).toMatchObject({ text: changed, parts: [{ type: "text", text: changed }, image] });
	await chat.reload();
	await expect(chip).toBeVisible();
});

test("an image without words has a title, a chip and no empty bubble", async ({ chat, doors }) => {
	const { threadId } = sent.parse(await doors.mutate("chat.send", { parts: [image] }));
	await chat.open(`/threads/${threadId}`);
	await expect(chat.title).toHaveText("Image");
	await expect(chat.mine.first().getByRole("list", { name: "Attachments" })).toHaveText("Image");
	await expect(chat.mine.first().getByRole("button", { name: "Copy message" })).toHaveCount(0);
});
