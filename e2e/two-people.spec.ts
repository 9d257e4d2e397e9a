import type { BrowserContext, Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { ChatPage } from "./pages/chat.ts";
import { waitUntilHydrated } from "./pages/hydrated.ts";
import { Sidebar } from "./pages/sidebar.ts";
import { createApi, type Person } from "./support/api.ts";

test("signing out in one tab sends the other tabs to the sign-in page at once", async ({ chat, openTab }) => {
	await chat.ask("Mine alone");
	const [settings, other] = [await openTab("/settings"), await openTab("/")];
	await new Sidebar(other).openAccountMenu();
	await other.getByRole("menuitem", { name: "Sign out" }).click();
	// The settings follow no stream: they hear of it from the other tab alone.
	for (const page of [other, chat.page, settings]) {
		await expect(page).toHaveURL(/\/sign-in/);
		await expect(page.getByText("Mine alone")).toHaveCount(0);
	}
});

test("who signs in after another person gets every tab, and finds nothing of that person in it", async ({
	chat,
	openTab,
	people,
}) => {
	await chat.ask("Mine alone");
	await chat.field.fill("half a thought");
	const other = await openTab("/");
	const second = await people.join();
	await changePerson(chat.page.context(), second);
	await other.reload();
	await expectPerson(other, second);
	await expectPerson(chat.page, second);
	await expect(chat.field).toHaveValue("");
	await expect(chat.page.getByText("Mine alone")).toHaveCount(0);
});

test("what is typed into the page of one person is never stored in the account of another", async ({
	chat,
	parley,
	people,
	person,
	browser,
}) => {
	await chat.ask("Mine alone");
	const second = await people.join();
	// A tab that slept through the change: it heard of it neither from its neighbours nor from its stream.
	await chat.page.route("**/api/trpc/events.follow*", (route) => route.abort());
	const asSecond = await browser.newContext({ storageState: second.session });
	const api = createApi(asSecond.request, parley.url);
	await changePerson(chat.page.context(), second);
	await chat.send("Only for my own account");
	await expectPerson(chat.page, second);
	expect(await api.query("threads.list", {})).toMatchObject({ threads: [] });
	await chat.field.fill("This one is mine");
	await chat.field.press("Enter");
	await chat.waitForEnd();

	await changePerson(chat.page.context(), person);
	await chat.open();
	await new Sidebar(chat.page).thread("Mine alone").click();
	await expect(chat.mine).toHaveText([/Mine alone/, /Only for my own account/]);
	await chat.waitForEnd();
	expect(await api.query("threads.list", {})).toMatchObject({ threads: [{ title: "This one is mine" }] });
	await asSecond.close();
});

test("the second person's tabs hear their own changes while a tab of the first is still open", async ({
	chat,
	openTab,
	people,
}) => {
	const sleeper = chat.page;
	// It cannot leave, so it keeps whatever it holds: locks, channels, its stream.
	await sleeper.evaluate(() => {
		const { BroadcastChannel: Channel } = globalThis;
		Channel.prototype.postMessage = () => undefined;
	});
	await sleeper.route("**/*", (route) =>
		route.request().isNavigationRequest() ? route.abort() : route.continue(),
	);
	await changePerson(sleeper.context(), await people.join());
	const [first, second] = [new ChatPage(await openTab("/")), new ChatPage(await openTab("/"))];
	await first.ask("For both of my tabs");
	await expect(new Sidebar(second.page).thread("For both of my tabs")).toBeVisible();
});

/** Another sign-in in this browser, as a cookie tells it. */
async function changePerson(context: BrowserContext, person: Person): Promise<void> {
	await context.clearCookies();
	await context.addCookies(person.session.cookies);
}

/** The page was loaded again for that person, and takes what is typed. */
async function expectPerson(page: Page, { email }: Person): Promise<void> {
	await expect(
		page.getByRole("button", { name: `Account: ${email.split("@")[0]}`, exact: true }),
	).toBeVisible();
	await waitUntilHydrated(page);
}
