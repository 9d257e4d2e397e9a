import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import * as z from "zod";
import { toDialFor } from "../server/testing/dial-for.ts";
import { expect, test } from "./fixtures.ts";
import type { People } from "./support/api.ts";

const drafted = z.object({ version: z.number() });
let published = 0;

async function publish(people: People, dial: number): Promise<void> {
	const policy = { small: ["small"], strong: ["large"], dial };
	const { version } = drafted.parse(await people.admin.mutate("admin.routing.draft", { policy }));
	await people.admin.mutate("admin.routing.publish", { version });
	published += 1;
}

test.afterEach(async ({ people }) => {
	for (; published > 0; published -= 1) await people.admin.mutate("admin.routing.rollBack", {});
});

async function expectAccessible(page: Page): Promise<void> {
	const { violations } = await new AxeBuilder({ page }).analyze();
	expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

test("Auto answers an easy message with a small model, says why, and a stronger one is one click away", async ({
	people,
	chat,
}) => {
	const easy = "[[sim text=words,tokens=5]] What is the capital of Peru?";
	await publish(people, toDialFor(easy, "small"));
	await chat.ask(easy);
	await expect(chat.lastAnswer.getByText("Auto", { exact: true })).toBeVisible();
	await chat.lastAnswer.getByRole("button", { name: /Answer details/ }).click();
	const bill = chat.page.getByRole("dialog", { name: "Answer details" });
	await expect(bill.getByText("Auto found this an easy message, so a small model answered.")).toBeVisible();
	await expect(bill.getByText(/^Chance that a small model isn't enough: \d+%/)).toBeVisible();
	await expect(bill.getByText("Saved compared with")).toBeVisible();
	await chat.page.keyboard.press("Escape");
	await chat.lastAnswer.getByRole("button", { name: "Try with a stronger model" }).click();
	await expect(chat.lastAnswer.getByRole("group", { name: "Version 2 of 2" })).toBeVisible();
	await expect(chat.lastAnswer.getByText("Auto", { exact: true })).toBeHidden();
	await expect(chat.lastAnswer.getByRole("button", { name: "Try with a stronger model" })).toBeHidden();
});

for (const colorScheme of ["light", "dark"] as const)
	test(`a draft that is not good enough is never seen: what is shown meanwhile and why, in the ${colorScheme}`, async ({
		people,
		chat,
	}) => {
		const asked = "[[sim text=echo,ttft=1500]] List the planets and reply in JSON only.";
		await publish(people, toDialFor(asked, "draft"));
		await chat.page.emulateMedia({ colorScheme });
		await chat.send(asked);
		await expect(chat.page.getByText(/is writing a draft\. It's checked before you see it\./)).toBeVisible();
		await expect(chat.page.getByText(/^The draft by .+ wasn't good enough\. Asking .+…$/)).toBeVisible();
		await expect(chat.lastAnswer.getByRole("button", { name: /Answer details/ })).toBeVisible();
		await chat.lastAnswer.getByRole("button", { name: /Answer details/ }).click();
		const bill = chat.page.getByRole("dialog", { name: "Answer details" });
		await expect(
			bill.getByText(/^The draft by .+ wasn't good enough and isn't shown: no JSON\.$/),
		).toBeVisible();
		await expect(bill.getByRole("heading", { name: /^Attempt 1, a draft: / })).toBeVisible();
		await expect(bill.getByRole("heading", { name: /^Attempt 2: / })).toBeVisible();
		for (const width of [1_100, 360]) {
			await chat.page.setViewportSize({ width, height: 900 });
			await expectAccessible(chat.page);
			if (process.env.PARLEY_PICTURES)
				await chat.page.screenshot({
					path: `${process.env.PARLEY_PICTURES}/cascade-${colorScheme}-${width}.png`,
				});
		}
	});
