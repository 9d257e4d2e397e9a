import type { Locator, Page } from "@playwright/test";

/** The list of chats and what can be done with one of them. */
export class Sidebar {
	readonly list: Locator;
	readonly newTitle: Locator;
	readonly searchField: Locator;
	readonly hits: Locator;
	readonly #page: Page;

	constructor(page: Page) {
		this.#page = page;
		this.list = page.getByRole("navigation", { name: "Chats" });
		this.newTitle = page.getByRole("textbox", { name: "New title" });
		this.searchField = page.getByRole("combobox", { name: "Search chats" });
		this.hits = page.getByRole("listbox", { name: "Results" }).getByRole("option");
	}

	thread(title: string): Locator {
		return this.list.getByRole("link", { name: title, exact: true });
	}

	group(name: string): Locator {
		return this.list.getByRole("heading", { name, exact: true });
	}

	async choose(title: string, action: "Rename" | "Delete"): Promise<void> {
		await this.thread(title).hover();
		await this.list.getByRole("button", { name: `Options for ${title}`, exact: true }).click();
		await this.#page.getByRole("menuitem", { name: action }).click();
	}

	async rename(title: string, next: string): Promise<void> {
		await this.choose(title, "Rename");
		await this.newTitle.fill(next);
		await this.newTitle.press("Enter");
	}

	async search(words: string): Promise<void> {
		await this.#page.getByRole("button", { name: /^Search/ }).click();
		await this.searchField.fill(words);
	}

	async openAccountMenu(): Promise<void> {
		await this.#page.getByRole("button", { name: /^Account/ }).click();
	}
}
