import { type BrowserContextOptions, test as base, expect, type Page } from "@playwright/test";
import { ChatPage } from "./pages/chat.ts";
import { Sidebar } from "./pages/sidebar.ts";
import { type Api, createApi, gatherPeople, type People, type Person } from "./support/api.ts";
import { type Parley, startParley } from "./support/parley.ts";
import { startUpstream, type Upstream } from "./support/upstream.ts";

export { expect };

interface WorkerFixtures {
	/** The simulated provider: `small` and `large` are answered by its `sim-small` and `sim-large`. */
	readonly upstream: Upstream;
	/** One running product for the whole run, with an administrator already there. */
	readonly parley: Parley;
	readonly people: People;
}

interface TestFixtures {
	readonly serverLog: undefined;
	/** A new person, signed in. */
	readonly person: Person;
	/** A page of that person, at an empty new chat. */
	readonly signedIn: Page;
	readonly chat: ChatPage;
	readonly sidebar: Sidebar;
	/** The typed calls as that person. */
	readonly api: Api;
	/** One more tab of the same person. */
	readonly openTab: (path: string) => Promise<Page>;
	/** A page of a new person in a browser of their own. */
	readonly openBrowser: (person: Person | null, options?: BrowserContextOptions) => Promise<Page>;
}

/** How Next begins the report of a page that failed to render on the server. */
const renderFailure = "\u2a2f";

export const test = base.extend<TestFixtures, WorkerFixtures>({
	upstream: [
		// biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern.
		async ({}, use) => {
			const upstream = await startUpstream();
			await use(upstream);
			await upstream.stop();
		},
		{ scope: "worker" },
	],
	parley: [
		async ({ upstream }, use) => {
			const parley = await startParley({
				upstreamUrl: upstream.url,
				env: { PARLEY_DEFAULT_MODEL: "large" },
			});
			await use(parley);
			await parley.dispose();
		},
		{ scope: "worker", timeout: 120_000 },
	],
	people: [
		async ({ parley }, use) => {
			const people = await gatherPeople(parley.url, await parley.setupLink());
			await use(people);
			await people.close();
		},
		{ scope: "worker" },
	],
	/**
	 * What the server said belongs to the report of a failed test. A page that fails to render there fails the test: the browser
	 * draws it all the same, later, so that nothing else tells.
	 */
	serverLog: [
		async ({ parley }, use, testInfo) => {
			const before = parley.output().length;
			await use(undefined);
			const hasFailedToRender = parley.output().includes(renderFailure, before);
			if (hasFailedToRender || testInfo.status !== testInfo.expectedStatus)
				await testInfo.attach("server log", { body: parley.output(), contentType: "text/plain" });
			expect(hasFailedToRender, "a page failed to render on the server").toBe(false);
		},
		{ auto: true },
	],
	baseURL: async ({ parley }, use) => use(parley.url),
	person: async ({ people }, use) => use(await people.join()),
	storageState: async ({ person }, use) => use(person.session),
	signedIn: async ({ page }, use) => {
		await new ChatPage(page).open();
		await use(page);
	},
	chat: async ({ signedIn }, use) => use(new ChatPage(signedIn)),
	sidebar: async ({ signedIn }, use) => use(new Sidebar(signedIn)),
	api: async ({ context, parley }, use) => use(createApi(context.request, parley.url)),
	openTab: async ({ context }, use) =>
		use(async (path) => {
			const page = await context.newPage();
			await new ChatPage(page).open(path);
			return page;
		}),
	openBrowser: async ({ browser, parley }, use) => {
		const contexts: { close(): Promise<void> }[] = [];
		await use(async (person, options) => {
			const storageState = person?.session ?? { cookies: [], origins: [] };
			const context = await browser.newContext({ baseURL: parley.url, storageState, ...options });
			contexts.push(context);
			return await context.newPage();
		});
		for (const context of contexts) await context.close();
	},
});
