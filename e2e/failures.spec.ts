import type { Locator } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { findRecorded } from "./support/recorded.ts";

interface Row {
	readonly name: string;
	readonly fault: string;
	readonly words: string;
	/** What the person can do about it. */
	readonly action: "Try again" | "Edit";
	/** The part that had arrived stays. */
	readonly hasPart: boolean;
}

const rows: Row[] = [
	{
		name: "a provider that is down",
		fault: "503",
		words: "large isn't responding.",
		action: "Try again",
		hasPart: false,
	},
	{
		name: "a provider that breaks off",
		fault: "reset@20",
		words: "The connection to the model broke. What you see is saved.",
		action: "Try again",
		hasPart: true,
	},
	{
		name: "a provider that ends without saying why",
		fault: "eof@20",
		words: "The connection to the model broke. What you see is saved.",
		action: "Try again",
		hasPart: true,
	},
	{
		name: "a prompt that the provider filters",
		fault: "filter-request",
		words: "The provider refused this request. Rephrase it and try again.",
		action: "Edit",
		hasPart: false,
	},
	{
		name: "an answer that the provider filters",
		fault: "filter-response@20",
		words: "The provider cut this answer off because of its content. What you see is saved.",
		action: "Edit",
		hasPart: true,
	},
	{
		name: "a chat that is too long for the model",
		fault: "context-length",
		words: "This chat is longer than large can read.",
		action: "Edit",
		hasPart: false,
	},
	{
		name: "an answer without a word",
		fault: "empty",
		words: "large ended without an answer.",
		action: "Try again",
		hasPart: false,
	},
];

const prompt = "Why are there two high tides a day?";
const beginning = "Most coasts see two high tides";

test("every kind of failure gets words and one thing to do, never an empty answer, also after a reload", async ({
	chat,
}) => {
	for (const row of rows)
		await test.step(row.name, async () => {
			// Failures in a row would open the model's circuit breaker.
			await chat.ask(prompt);
			await chat.ask(`${prompt} [[sim fault=${row.fault}]]`);
			await expectWords(chat.lastAnswer, row);
			const action = chat.lastAnswer.getByRole("button", { name: row.action, exact: true });
			await expect(action).toBeVisible();
		});
	await chat.reload();
	for (const [index, row] of rows.entries()) await expectWords(chat.answers.nth(2 * index + 1), row);
	await expectNoEmptyAnswer(chat.answers);
});

test("Try again asks again, and the failed try stays as a version", async ({ chat, upstream }) => {
	await upstream.reset();
	await chat.ask(`${prompt} [[sim fault=reset@20,times=1]]`);
	await expect(chat.lastAnswer).toContainText("What you see is saved.");
	await chat.lastAnswer.getByRole("button", { name: "Try again" }).click();
	const ending = findRecorded(prompt).split(" ").slice(-5).join(" ");
	await expect(chat.lastAnswer).toContainText(ending);
	await expect(chat.lastAnswer.getByRole("alert")).toHaveCount(0);
	await chat.lastAnswer.getByRole("button", { name: "Previous version" }).click();
	await expect(chat.lastAnswer).toContainText("What you see is saved.");
	await expect(chat.lastAnswer).toContainText(beginning);
});

test("a refusal is corrected by editing the message that was refused", async ({ chat }) => {
	await chat.ask(`${prompt} [[sim fault=filter-request]]`);
	await chat.lastAnswer.getByRole("button", { name: "Edit", exact: true }).click();
	const editor = chat.page.getByRole("textbox", { name: "Edit message" });
	await expect(editor).toBeFocused();
	await editor.fill(prompt);
	await editor.press("ControlOrMeta+Enter");
	await expect(chat.lastAnswer).toContainText(beginning);
	await expect(chat.lastAnswer.getByRole("alert")).toHaveCount(0);
});

async function expectWords(answer: Locator, { words, hasPart }: Row): Promise<void> {
	await expect(answer.getByRole("alert")).toContainText(words);
	if (hasPart) await expect(answer).toContainText(beginning);
}

/** Every answer that has ended shows words of its own or says why it has none. */
async function expectNoEmptyAnswer(answers: Locator): Promise<void> {
	for (const answer of await answers.all()) {
		const text = (await answer.textContent()) ?? "";
		expect(text.replace(/^(Answer|\w+ said)/, "").trim()).not.toBe("");
	}
}
