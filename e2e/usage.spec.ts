import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import * as z from "zod";
import { expect, test } from "./fixtures.ts";
import { waitUntilHydrated } from "./pages/hydrated.ts";

const spent = z.object({ total: z.object({ chargedNanoUsd: z.string() }) });

/** People of the other tests have no limits; here they are shown. */
test.beforeEach(async ({ people, api }) => {
	const { userId } = z.object({ userId: z.string() }).parse(await api.query("account.me", {}));
	const change = { nanoUsdPerDay: "100000", nanoUsdPerMonth: "5000000000", requestsPerDay: 200 };
	await people.admin.mutate("admin.plans.set", {
		id: "metered",
		change: { ...change, allowedTiers: ["small", "large"], maxOutputTokens: 100 },
	});
	await people.admin.mutate("admin.users.setPlan", { userId, plan: "metered" });
});

test("what an answer cost stands under it, opens to its bill, and is what My usage and its file say", async ({
	chat,
	api,
}) => {
	await chat.ask("[[sim tokens=40,itl=1]] what does this cost?");
	const amount = chat.lastAnswer.getByRole("button", { name: /Answer details/ });
	await expect(amount).toHaveText("< $0.0001");
	await amount.click();
	const bill = chat.page.getByRole("dialog", { name: "Answer details" });
	await expect(bill.getByRole("row", { name: /^Output 40/ })).toBeVisible();
	const charged = spent.parse(await api.query("usage.summary", {})).total.chargedNanoUsd;
	const exact = `$0.${charged.padStart(9, "0").replace(/0+$/, "")}`;
	await expect(bill.getByText(exact, { exact: true })).toBeVisible();
	await chat.page.keyboard.press("Escape");
	await expect(bill).toBeHidden();
	await expect(amount).toBeFocused();

	await chat.page.getByRole("button", { name: /^Account:/ }).click();
	await chat.page.getByRole("menuitem", { name: "My usage" }).click();
	await expect(chat.page.getByRole("heading", { name: "My usage", level: 1 })).toBeVisible();
	await expect(chat.page.getByRole("meter", { name: "Spend today" })).toBeVisible();
	await expect(chat.page.getByRole("meter", { name: "Messages today" })).toHaveAttribute(
		"aria-valuetext",
		"1 of 200",
	);
	const [download] = await Promise.all([
		chat.page.waitForEvent("download"),
		chat.page.getByRole("button", { name: "Download this month as CSV" }).click(),
	]);
	expect(download.suggestedFilename()).toMatch(/^parley-usage-20\d\d-\d\d\.csv$/);
	expect(await readFile(await download.path(), "utf8")).toContain(`,call,${charged},large,`);
});

for (const colorScheme of ["light", "dark"] as const)
	test(`My usage is readable in the ${colorScheme}, also on a phone`, async ({ chat }) => {
		await chat.page.emulateMedia({ colorScheme });
		await chat.page.goto("/usage");
		await waitUntilHydrated(chat.page);
		await expect(chat.page.getByText("No usage in this month.")).toBeVisible();
		await chat.open();
		await chat.ask("[[sim tokens=40,itl=1]] x");
		await chat.page.goto("/usage");
		await expect(chat.page.getByRole("meter", { name: "Spend today" })).toBeVisible();
		for (const width of [1_100, 320]) {
			await chat.page.setViewportSize({ width, height: 900 });
			const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
			expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
			expect(await chat.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
			if (process.env.PARLEY_PICTURES)
				await chat.page.screenshot({
					path: `${process.env.PARLEY_PICTURES}/usage-${colorScheme}-${width}.png`,
					fullPage: true,
				});
		}
	});

test("a limit is one card, which can be closed and tells administrators how the limit is raised", async ({
	chat,
	api,
	people,
}) => {
	const { userId } = z.object({ userId: z.string() }).parse(await api.query("account.me", {}));
	await people.admin.mutate("admin.users.setRole", { userId, role: "admin" });
	await people.admin.mutate("admin.plans.set", { id: "tight", change: { requestsPerDay: 0 } });
	await people.admin.mutate("admin.users.setPlan", { userId, plan: "tight" });
	await chat.reload();
	const card = chat.page.getByText("Daily limit reached.");
	await expect(card).toBeVisible();
	await expect(chat.page.getByText(/user set-plan --email person\d+@example\.com --plan/)).toHaveCount(1);
	await chat.send("And again");
	await expect(chat.mine.last()).toContainText("You've used today's allowance.");
	await expect(card).toBeHidden();
	await expect(chat.failure).toHaveCount(1);
	await chat.mine.last().getByRole("button", { name: "Edit", exact: true }).click();
	await expect(card).toBeVisible();
	await chat.page.getByRole("main").getByRole("button", { name: "Close" }).click();
	await expect(card).toBeHidden();
	await chat.reload();
	await expect(chat.field).toHaveValue("And again");
	await expect(card).toBeHidden();
});
