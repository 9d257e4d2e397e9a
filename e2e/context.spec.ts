import type { Locator } from "@playwright/test";
import * as z from "zod";
import { expect, test } from "./fixtures.ts";
import type { ChatPage } from "./pages/chat.ts";
import { expectNoViolations } from "./support/accessible.ts";
import { insertThread } from "./support/long-thread.ts";
import type { Upstream } from "./support/upstream.ts";

const context = z.object({
	strategy: z.string().nullable(),
	tokensMax: z.number().nullable(),
	pins: z.array(z.object({ text: z.string() })),
});

const offers = z.object({
	models: z.array(z.object({ id: z.string(), conversationTokensMax: z.number() })),
});

const openPanel = async (chat: ChatPage): Promise<Locator> => {
	await chat.page.getByRole("button", { name: "Context", exact: true }).click();
	const panel = chat.page.getByRole("dialog", { name: "Context" });
	await expect(panel.getByLabel("What is sent of this chat")).toBeVisible();
	return panel;
};

const openInspector = async (chat: ChatPage): Promise<Locator> => {
	await chat.lastAnswer.getByRole("button", { name: /Answer details/ }).click();
	const details = chat.page.getByRole("dialog", { name: "Answer details" });
	await details.getByRole("button", { name: "Context" }).click();
	const inspector = chat.page.getByRole("dialog", { name: "Context" });
	await expect(inspector.getByRole("heading", { name: /Sent to/ })).toBeVisible();
	return inspector;
};

/** What the provider was sent for answers, without what the server asks for itself, such as a title or a list of models. */
const readAnswered = async (upstream: Upstream) =>
	(await upstream.requests())
		.map(({ messages }) => messages)
		.filter((messages) => messages && messages[0]?.role !== "system");

/** Opens every part and reads its messages as they stand there. */
const readShown = async (inspector: Locator) => {
	const parts = inspector.locator("[data-part]");
	for (const part of await parts.all()) {
		await part.getByRole("button").first().click();
		await expect(part.locator("[data-sent-role]").first()).toBeVisible();
	}
	return await inspector.locator("[data-sent-role]").evaluateAll((rows) =>
		rows.map((row) => ({
			role: row.getAttribute("data-sent-role"),
			text: row.querySelector("pre")?.textContent,
		})),
	);
};

const takePicture = async (chat: ChatPage, name: string) => {
	if (process.env.PARLEY_PICTURES)
		await chat.page.screenshot({ path: `${process.env.PARLEY_PICTURES}/${name}.png` });
};

/** Of about so many tokens. */
const toText = (tokens: number) => "Once upon a time. ".repeat(Math.round((tokens * 3.5) / 18));

test("how a chat's context is chosen is kept, and its panel returns the focus", async ({ chat, api }) => {
	await chat.ask("[[sim tokens=5,itl=1]] hello");
	const threadId = await chat.threadId();
	const panel = await openPanel(chat);
	await panel.getByLabel("What is sent of this chat").selectOption("Newest messages");
	await expect(panel.getByText("Older ones are left out.")).toBeVisible();
	const budget = panel.getByLabel("Tokens at most");
	await budget.fill("12");
	await panel.getByRole("button", { name: "Save" }).click();
	await expect(panel.getByRole("alert")).toHaveText("Between 1,000 and 100,000,000 tokens.");
	await budget.fill("5000");
	await budget.press("Enter");
	await expect(panel.getByText("of 5,000 tokens")).toBeVisible();
	await expectNoViolations(chat.page, "the context of a chat");
	await chat.page.keyboard.press("Escape");
	await expect(panel).toBeHidden();
	await expect(chat.page.getByRole("button", { name: "Context", exact: true })).toBeFocused();
	const stored = { strategy: "window", tokensMax: 5_000 };
	expect(context.parse(await api.query("threads.context", { threadId }))).toMatchObject(stored);
	await chat.reload();
	await expect((await openPanel(chat)).getByLabel("What is sent of this chat")).toHaveValue("window");
});

test("a message is pinned and found again through the panel, and what is too long is refused in words", async ({
	chat,
	parley,
	person,
}) => {
	const long = `A long story. ${"It goes on and on. ".repeat(2_000)}`;
	const texts = ["The password of the harbour is HERON-42.", "Noted.", "Tell me a story", long];
	const threadId = await insertThread(await parley.databaseUrl(), { email: person.email, texts });
	await chat.open(`/threads/${threadId}`);
	const first = chat.mine.first();
	await first.hover();
	await first.getByRole("button", { name: "Pin message" }).click();
	await expect(first.getByText("Pinned", { exact: true })).toBeVisible();
	await chat.lastAnswer.getByRole("button", { name: "More actions" }).click();
	await chat.page.getByRole("menuitem", { name: "Pin message" }).click();
	await expect(chat.page.getByText(/This message is too long to pin: it has [\d,]+ tokens/)).toBeVisible();
	await expect(chat.lastAnswer.getByText("Pinned", { exact: true })).toBeHidden();
	await chat.reload();
	const panel = await openPanel(chat);
	await takePicture(chat, "panel-light");
	await panel.getByRole("link", { name: /HERON-42/ }).click();
	await expect(panel).toBeHidden();
	await expect(first).toBeFocused();
	await (await openPanel(chat)).getByRole("button", { name: "Unpin message" }).click();
	await expect(panel.getByText("No pinned messages.")).toBeVisible();
	await chat.page.keyboard.press("Escape");
	await expect(first.getByText("Pinned", { exact: true })).toBeHidden();
});

test("the meter shows from half of the window on, says what will happen, and stands still while typing", async ({
	chat,
	parley,
	person,
	api,
}) => {
	const url = await parley.databaseUrl();
	const { models } = offers.parse(await api.query("models.list", {}));
	const room = models.find(({ id }) => id === "large")?.conversationTokensMax ?? 0;
	const open = async (share: number) => {
		const texts = ["Tell me a story", toText(share * room)];
		await chat.open(`/threads/${await insertThread(url, { email: person.email, texts })}`);
		await expect(chat.answers).toHaveCount(1);
	};
	const ring = chat.page.getByRole("button", { name: /^This chat (fills|is longer)/ });
	await open(0.4);
	await expect(chat.page.getByRole("button", { name: "Context", exact: true })).toBeVisible();
	await expect(ring).toBeHidden();
	await open(0.6);
	await expect(ring).toHaveAttribute("data-level", "calm");
	await expect(ring).toHaveAccessibleName("This chat fills 60% of what the model reads at once");
	await chat.field.fill("y".repeat(20_000));
	await expect(ring).toHaveAccessibleName("This chat fills 60% of what the model reads at once");
	await open(0.75);
	await expect(ring).toHaveAttribute("data-level", "near");
	await open(0.95);
	await expect(ring).toHaveAttribute("data-level", "full");
	await expect(ring).toHaveAccessibleName(/only what a question needs will be sent/);
	await takePicture(chat, "meter-full");
	await ring.click();
	const panel = chat.page.getByRole("dialog", { name: "Context" });
	await expect(panel.getByRole("meter", { name: "Context" })).toHaveAttribute("aria-valuenow", "95");
	await panel.getByLabel("What is sent of this chat").selectOption("Summary");
	await chat.page.keyboard.press("Escape");
	await expect(ring).toHaveAccessibleName(/Older messages will be summarised/);
	await expect(ring).toBeFocused();
});

test("on a phone the panel fits, in the dark too", async ({ chat, parley, person }) => {
	const texts = ["Remember: the code is 7", toText(23_000)];
	const threadId = await insertThread(await parley.databaseUrl(), { email: person.email, texts });
	await chat.page.setViewportSize({ width: 390, height: 800 });
	await chat.page.emulateMedia({ colorScheme: "dark" });
	await chat.open(`/threads/${threadId}`);
	await takePicture(chat, "phone-chat");
	await openPanel(chat);
	await takePicture(chat, "phone-panel");
	expect(await chat.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test("the inspector shows to the byte what the provider got, in order, also on a phone in the dark", async ({
	chat,
	parley,
	person,
	api,
	upstream,
}) => {
	const stories = ["herons", "harbours", "quince jam", "bridges"].flatMap((topic) => [
		`Tell me about ${topic}  \u2003 & <b>"quotes"</b>\n\n\ttabs`,
		`${topic}: ${toText(1_500)}`,
	]);
	const threadId = await insertThread(await parley.databaseUrl(), { email: person.email, texts: stories });
	await api.mutate("threads.setContext", { threadId, strategy: "semantic", tokensMax: 3_000 });
	await chat.open(`/threads/${threadId}`);
	await upstream.reset();
	await chat.ask("[[sim tokens=5,itl=1]] What about the quince jam?");
	await chat.reload();
	const inspector = await openInspector(chat);
	await expect(inspector.getByText(/messages were left out/)).toBeVisible();
	await takePicture(chat, "inspector-light");
	expect([await readShown(inspector)]).toEqual(await readAnswered(upstream));
	await expectNoViolations(chat.page, "the inspector");
	await chat.page.setViewportSize({ width: 390, height: 800 });
	await chat.page.emulateMedia({ colorScheme: "dark" });
	await takePicture(chat, "inspector-phone-dark");
	expect(await chat.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
	await chat.page.keyboard.press("Escape");
	await expect(inspector).toBeHidden();
	await expect(chat.lastAnswer.getByRole("button", { name: /Answer details/ })).toBeFocused();
});

test("an answer is given again with the whole chat, or refused in words where that does not fit", async ({
	chat,
	parley,
	person,
	upstream,
}) => {
	const texts = ["Where is the key?", toText(9_000), "And the lamp?", toText(9_000)];
	const threadId = await insertThread(await parley.databaseUrl(), { email: person.email, texts });
	await chat.open(`/threads/${threadId}`);
	await chat.ask("[[sim tokens=5,itl=1]] So where is the key?");
	await upstream.reset();
	const answerAgain = async () => {
		await chat.lastAnswer.getByRole("button", { name: "More actions" }).click();
		await chat.page.getByRole("menuitem", { name: "Answer again with full context" }).click();
	};
	await answerAgain();
	await expect(chat.lastAnswer.getByRole("group", { name: "Version 2 of 2" })).toBeVisible();
	await chat.waitForEnd();
	expect((await readAnswered(upstream)).map((messages) => messages?.length)).toEqual([5]);
	await chat.ask(`[[sim tokens=5,itl=1]] ${toText(9_000)}`);
	await answerAgain();
	await expect(chat.failure).toContainText("The whole chat is longer than the model can read.");
});

test("a summary is written, used, sent in place of older messages, and taken back", async ({
	chat,
	parley,
	person,
	upstream,
}) => {
	const texts = [0, 1, 2, 3].flatMap((part) => [`Part ${part}?`, `Part ${part}: ${toText(300)}`]);
	const threadId = await insertThread(await parley.databaseUrl(), { email: person.email, texts });
	await chat.open(`/threads/${threadId}`);
	const panel = await openPanel(chat);
	await panel.getByRole("button", { name: "Write a summary" }).click();
	await expect(panel.getByText("This would be sent in place of the older messages.")).toBeVisible();
	await takePicture(chat, "compact-light");
	await panel.getByRole("button", { name: "Use this summary" }).click();
	await expect(panel.getByLabel("What is sent of this chat")).toHaveValue("summary");
	await expectNoViolations(chat.page, "a summary in use");
	await chat.page.keyboard.press("Escape");
	await upstream.reset();
	await chat.ask("[[sim tokens=5,itl=1]] And now?");
	expect((await readAnswered(upstream))[0]?.[0]?.text).toContain("What was said before, in short:");
	await (await openPanel(chat)).getByRole("button", { name: "Undo" }).click();
	await expect(panel.getByRole("button", { name: "Undo" })).toBeHidden();
	await expect(panel.getByRole("button", { name: "Write a summary" })).toBeVisible();
});
