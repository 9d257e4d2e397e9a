import { expect, test } from "./fixtures.ts";
import { ChatPage } from "./pages/chat.ts";
import { Sidebar } from "./pages/sidebar.ts";

test("a new chat gets a title after its first answer, in every open tab and without a reload", async ({
	chat,
	sidebar,
	openTab,
}) => {
	const other = new Sidebar(await openTab("/"));
	await chat.ask("[[sim title=Baking bread at night]] How do I bake bread?");
	await expect(chat.title).toHaveText("Baking bread at night");
	await expect(sidebar.thread("Baking bread at night")).toBeVisible();
	await expect(chat.page).toHaveTitle(/Baking bread at night/);
	await expect(other.thread("Baking bread at night")).toBeVisible();
});

test("a name that the person chose while the title was written stays", async ({ chat, sidebar, openTab }) => {
	const asked = "[[sim ttft=1500,title=Not this one]] What is in a name?";
	await chat.ask(asked);
	await sidebar.rename(asked, "Mine");
	await chat.page.waitForTimeout(2_500);
	await expect(chat.title).toHaveText("Mine");
	const tab = new ChatPage(await openTab(chat.page.url()));
	await expect(tab.title).toHaveText("Mine");
});
