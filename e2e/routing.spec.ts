import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import * as z from "zod";
import { toDialFor } from "../server/testing/dial-for.ts";
import { expect, test } from "./fixtures.ts";
import { waitUntilHydrated } from "./pages/hydrated.ts";

test.beforeEach(async ({ people, api }) => {
	const { userId } = z.object({ userId: z.string() }).parse(await api.query("account.me", {}));
	await people.admin.mutate("admin.users.setRole", { userId, role: "admin" });
});

async function expectReadable(page: Page, name: string): Promise<void> {
	for (const colorScheme of ["light", "dark"] as const) {
		await page.emulateMedia({ colorScheme });
		for (const width of [1_100, 320]) {
			await page.setViewportSize({ width, height: 900 });
			const { violations } = await new AxeBuilder({ page }).analyze();
			expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
			expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
			if (process.env.PARLEY_PICTURES)
				await page.screenshot({
					path: `${process.env.PARLEY_PICTURES}/${name}-${colorScheme}-${width}.png`,
					fullPage: true,
				});
		}
	}
	await page.setViewportSize({ width: 1_100, height: 900 });
}

test("an administrator tries a policy, publishes it, sees it decide, and rolls it back", async ({ chat }) => {
	const { page } = chat;
	const asked = "[[sim text=words,tokens=5]] What is the capital of Peru?";
	await chat.ask(asked);
	await page.getByRole("button", { name: /^Account:/ }).click();
	await page.getByRole("menuitem", { name: "Auto routing (admin)" }).click();
	await expect(page.getByRole("heading", { name: "Auto routing", level: 1 })).toBeVisible();
	await waitUntilHydrated(page);
	const field = page.getByRole("textbox", { name: "Policy as JSON" });
	const write = (strong: string) =>
		field.fill(JSON.stringify({ small: ["small"], strong: [strong], dial: toDialFor(asked, "small") }));

	await write("gone");
	await page.getByRole("button", { name: "Dry run" }).click();
	await expect(page.getByRole("alert").getByText('there is no model "gone" here')).toBeVisible();
	await field.fill("{");
	await page.getByRole("button", { name: "Save draft" }).click();
	await expect(page.getByText("This isn't valid JSON.")).toBeVisible();

	await write("large");
	await page.getByRole("button", { name: "Dry run" }).click();
	await expect(page.getByText("Dry run on the newest messages for Auto")).toBeVisible();
	await expect(page.getByText("Small model at once").first()).toBeVisible();
	await page.getByRole("button", { name: "Save draft" }).click();
	const row = page
		.getByRole("listitem")
		.filter({ hasText: /^Policy \d+/ })
		.first();
	await expect(row.getByText("Draft", { exact: true })).toBeVisible();
	await row.getByRole("button", { name: /^Publish policy/ }).click();
	const dialog = page.getByRole("dialog");
	await expect(dialog.getByRole("spinbutton", { name: "Share of people, in percent" })).toHaveValue("100");
	await dialog.getByRole("button", { name: "Publish" }).click();
	await expect(row.getByText("In force for everyone")).toBeVisible();

	await chat.open();
	await chat.ask(asked);
	await expect(chat.lastAnswer.getByText("Auto", { exact: true })).toBeVisible();
	await page.goto("/admin/routing");
	await waitUntilHydrated(page);
	await expect(page.getByRole("row", { name: /^Small model at once 1 / })).toBeVisible();
	await expectReadable(page, "routing");
	await row.getByRole("button", { name: "Roll back" }).click();
	await dialog.getByRole("button", { name: "Roll back" }).click();
	await expect(row.getByText(/^Withdrawn /)).toBeVisible();
	await expect(page.getByText("No policy is in force. Auto is the default model.")).toBeVisible();
});
