import type { Locator, Page } from "@playwright/test";
import * as z from "zod";
import { test as base, expect } from "./fixtures.ts";
import { ChatPage } from "./pages/chat.ts";
import { waitUntilHydrated } from "./pages/hydrated.ts";
import { expectNoViolations } from "./support/accessible.ts";
import { faultRows, storedFaultRows } from "./support/fault-rows.ts";
import { type ExtraModel, type Parley, startParley } from "./support/parley.ts";
import { storeEnding } from "./support/stored-ending.ts";

const models: readonly ExtraModel[] = [
	...faultRows.map(({ name, fault, baseUrl }) => ({
		id: name,
		providerModelId: `sim:fault=${fault}`,
		...(baseUrl && { baseUrl }),
	})),
	{ id: "cut", providerModelId: "sim:fault=reset@60", fallbacks: ["steady"] },
	{ id: "steady", providerModelId: "sim-steady" },
	{ id: "narrow", providerModelId: "sim-narrow", limits: { concurrency: 1 } },
	{ id: "left-alone", providerModelId: "sim-left-alone" },
	{ id: "slow", providerModelId: "sim:ttft=30000" },
	{ id: "roomy", providerModelId: "sim-roomy", contextWindow: 200_000 },
];

const test = base.extend<object, { parley: Parley }>({
	parley: [
		async ({ upstream }, use) => {
			const env = { PARLEY_DEFAULT_MODEL: "small" };
			const parley = await startParley({ upstreamUrl: upstream.url, env, models });
			await use(parley);
			await parley.dispose();
		},
		{ scope: "worker", timeout: 120_000 },
	],
});

const prompt = "Why are there two high tides a day?";
/** Small models and large ones begin differently. */
const beginning = /Because the Moon's pull|Most coasts see two high tides/;

for (const row of faultRows)
	test(`${row.name}: words that help, the right things to do, also after a reload`, async ({ chat }) => {
		const { name, words, actions, hasPart, seconds = 0 } = row;
		test.setTimeout((60 + seconds) * 1_000);
		await chat.choose(name);
		await chat.send(prompt);
		const expectAll = async () => {
			await expect(chat.lastAnswer).toHaveAttribute("aria-busy", "false", { timeout: 46_000 });
			await expect(chat.failure).toContainText(words);
			if (hasPart) await expect(chat.lastAnswer).toContainText(beginning);
			await expectActions(chat.failure, actions);
		};
		await expectAll();
		await chat.reload();
		await expectAll();
		await expectNoViolations(chat.page, name);
		await takePictures(chat.page, name);
	});

for (const { words, actions, ...ending } of storedFaultRows)
	test(`${ending.failure}${ending.hasText ? " after a part" : ""}, as it is kept, has words and things to do`, async ({
		chat,
		parley,
	}) => {
		await chat.ask(prompt);
		await storeEnding(await parley.databaseUrl(), await chat.threadId(), ending);
		await chat.reload();
		await expect(chat.failure).toContainText(words);
		if (ending.hasText) await expect(chat.lastAnswer).toContainText(beginning);
		await expectActions(chat.failure, actions);
		await takePictures(chat.page, `${ending.failure}-${ending.hasText}`);
	});

test("a filter's verdict offers no other model, anywhere on the answer", async ({ chat }) => {
	await chat.choose("refused");
	await chat.ask(prompt);
	await expect(chat.failure).toContainText("The provider refused this request.");
	await expect(chat.lastAnswer.getByRole("button", { name: "More actions" })).toHaveCount(0);
	await expect(chat.lastAnswer.getByRole("button", { name: /^Answer with/ })).toHaveCount(0);
});

test("the other model that is offered answers in a version of its own", async ({ chat }) => {
	await chat.choose("down");
	await chat.ask(prompt);
	await chat.failure.getByRole("button", { name: "Answer with small" }).click();
	await expect(chat.lastAnswer).toContainText(beginning);
	await chat.waitForEnd();
	await expect(chat.failure).toHaveCount(0);
	await expect(chat.lastAnswer.getByRole("group", { name: "Version 2 of 2" })).toBeVisible();
});

test("who has waited ten seconds is offered another model, which answers in a version of its own", async ({
	chat,
}) => {
	await chat.choose("slow");
	await chat.send(prompt);
	await expect(chat.lastAnswer).toContainText("Still waiting for slow…");
	await expect(chat.lastAnswer.getByRole("button")).toHaveCount(0);
	const offer = chat.lastAnswer.getByRole("button", { name: "Answer with small" });
	await expect(offer).toBeVisible();
	await expectNoViolations(chat.page, "offer");
	await takePictures(chat.page, "offer");
	await offer.click();
	await expect(chat.lastAnswer).toContainText(beginning);
	await chat.waitForEnd();
	await expect(chat.lastAnswer.getByRole("group", { name: "Version 2 of 2" })).toBeVisible();
});

test("the reader sees where another model went on, live, after a reload and in another tab", async ({
	chat,
	api,
	openTab,
}) => {
	await chat.choose("cut");
	const announced = await chat.noteAnnouncements();
	await chat.send(`[[sim text=md,tokens=260,itl=20]] ${prompt}`);
	const seam = chat.lastAnswer.getByRole("note");
	await expect(seam).toHaveText("Continued by steady");
	await expect.poll(announced).toContain("Continued by steady");
	await chat.waitForEnd();
	const written = (await api.readThread(await chat.threadId())).messages.at(-1)?.text ?? "";
	expect(written).not.toContain("Continued by");
	const shown = await chat.lastAnswer.locator(".answer").innerText();
	expect(shown.match(/Continued by steady/g)).toHaveLength(1);
	await chat.reload();
	await expect.poll(() => chat.lastAnswer.locator(".answer").innerText()).toBe(shown);
	const second = new ChatPage(await openTab(`/threads/${await chat.threadId()}`));
	await expect(second.lastAnswer.getByRole("note")).toHaveText("Continued by steady");
	await chat.lastAnswer.getByRole("button", { name: /Answer details/ }).click();
	const bill = chat.page.getByRole("dialog", { name: "Answer details" });
	await expect(bill.getByRole("heading", { name: /^Attempt 1: cut interrupted/ })).toBeVisible();
	await expect(bill.getByRole("heading", { name: /^Attempt 2: steady complete/ })).toBeVisible();
	await takePictures(chat.page, "seam-bill");
	await chat.page.keyboard.press("Escape");
	await expectNoViolations(chat.page, "seam");
	await seam.scrollIntoViewIfNeeded();
	await takePictures(chat.page, "seam");
});

const sent = z.object({ turnId: z.string() });

test("who waits in line knows the place, hears it once, and is answered when the others are", async ({
	chat,
	people,
}) => {
	const hold = async () => {
		const clientMessageId = crypto.randomUUID();
		const text = "[[sim text=words,tokens=3000,itl=20]] hold";
		return sent.parse(await people.admin.mutate("chat.send", { clientMessageId, text, model: "narrow" }));
	};
	const turns = [await hold(), await hold()];
	await chat.choose("narrow");
	await chat.send(prompt);
	await expect(chat.lastAnswer).toContainText(/Number 2 in line/);
	await expect(chat.announcer).toHaveText(/^Number 2 in line/);
	await takePictures(chat.page, "queue");
	await chat.reload();
	await expect(chat.lastAnswer).toContainText(/Number 2 in line/);
	await people.admin.mutate("chat.stop", { turnId: turns[1]?.turnId });
	await expect(chat.lastAnswer).toContainText(/Number 1 in line/);
	await people.admin.mutate("chat.stop", { turnId: turns[0]?.turnId });
	await expect(chat.lastAnswer).toContainText(beginning);
	await expect(chat.lastAnswer).not.toContainText("in line");
	await chat.waitForEnd();
});

test("an administrator stops and allows calls of a model, with a reason; people get words meanwhile", async ({
	chat,
	people,
	person,
	openBrowser,
}) => {
	const boss = await people.join();
	const { users } = z
		.object({ users: z.array(z.object({ userId: z.string(), email: z.string() })) })
		.parse(await people.admin.query("admin.users.list", { limit: 200 }));
	const userId = users.find(({ email }) => email === boss.email)?.userId;
	await people.admin.mutate("admin.users.setRole", { userId, role: "admin" });
	const page = await openBrowser(boss);
	await page.goto("/admin/models");
	await waitUntilHydrated(page);
	await page.getByRole("button", { name: "Turn off left-alone" }).click();
	await page.getByLabel("Reason").fill("Its answers are nonsense today");
	await takePictures(page, "admin-order");
	await page.getByRole("dialog").getByRole("button", { name: "Turn off", exact: true }).click();
	const row = page.getByRole("listitem").filter({ hasText: "sim-left-alone" });
	await expect(row).toContainText(/^left-alone/);
	await expect(row).toContainText("Turned off");
	await expect(row).toContainText("Its answers are nonsense today");
	await chat.page.getByRole("button", { name: /^Model: / }).click();
	await expect(chat.page.getByRole("menuitemradio", { name: /^left-alone / })).toContainText("Turned off");
	await chat.page.keyboard.press("Escape");
	await expect(page.getByRole("row").filter({ hasText: "Its answers are nonsense today" })).toContainText(
		"Manual, by you",
	);

	await chat.choose("left-alone");
	await chat.ask(prompt);
	await expect(chat.failure).toContainText("left-alone is unavailable right now.");
	await expectActions(chat.failure, ["Try again", "Answer with"]);

	await expectNoViolations(page, "models");
	await takePictures(page, "admin-models");
	await page.getByRole("button", { name: "Turn on left-alone" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Turn on", exact: true }).click();
	await expect(row).toContainText("On");
	await expect(page.getByRole("button", { name: "Turn off left-alone" })).toBeVisible();
	await chat.failure.getByRole("button", { name: "Try again" }).click();
	await expect(chat.lastAnswer).toContainText(beginning);

	const stranger = await openBrowser(person);
	expect((await stranger.goto("/admin/models"))?.status()).toBe(404);
});

/** The buttons of a note, in order, but for what its details hold. */
async function expectActions(note: Locator, actions: readonly string[]): Promise<void> {
	const buttons = note.getByRole("button").filter({ hasNotText: /^Copy|^$/ });
	await expect(buttons).toHaveText(actions.map((name) => new RegExp(`^${name}`)));
}

/** For people to look at: `PARLEY_PICTURES` names a folder. */
async function takePictures(page: Page, name: string): Promise<void> {
	const folder = process.env.PARLEY_PICTURES;
	if (!folder) return;
	const size = page.viewportSize();
	for (const [look, width, colorScheme] of [
		["light", 1_100, "light"],
		["dark", 1_100, "dark"],
		["phone", 390, "light"],
	] as const) {
		await page.emulateMedia({ colorScheme });
		await page.setViewportSize({ width, height: 800 });
		await page.screenshot({ path: `${folder}/${name}-${look}.png` });
	}
	if (size) await page.setViewportSize(size);
}
