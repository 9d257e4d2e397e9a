import { expect, type Locator, type Page } from "@playwright/test";
import { waitUntilHydrated } from "./hydrated.ts";

/** One chat as a person uses it: what was said, and the field for the next message. */
export class ChatPage {
	readonly field: Locator;
	readonly sendButton: Locator;
	readonly stopButton: Locator;
	/** What I said, in order. */
	readonly mine: Locator;
	/** What was answered, in order. */
	readonly answers: Locator;
	readonly announcer: Locator;
	readonly failure: Locator;
	readonly jump: Locator;
	readonly title: Locator;
	readonly page: Page;

	constructor(page: Page) {
		this.page = page;
		this.field = page.getByRole("textbox", { name: "Message", exact: true });
		this.sendButton = page.getByRole("button", { name: "Send message" });
		this.stopButton = page.getByRole("button", { name: "Stop answering" });
		const said = page.getByRole("heading", { name: "You said", level: 2 });
		this.mine = page.getByRole("article").filter({ has: said });
		this.answers = page.getByRole("article").filter({ hasNot: said });
		this.announcer = page.getByRole("status");
		this.failure = page.getByRole("main").getByRole("alert");
		this.jump = page.getByRole("button", { name: "Jump to latest" });
		this.title = page.getByRole("heading", { level: 1 });
	}

	async open(path = "/"): Promise<void> {
		await this.page.goto(path);
		await waitUntilHydrated(this.page);
	}

	/** Goes to a new chat through the list, without a page load. */
	async openNew(): Promise<void> {
		await this.page.getByRole("link", { name: "New chat" }).click();
		await expect(this.title).toHaveText("New chat");
		await expect(this.answers).toHaveCount(0);
	}

	async reload(): Promise<void> {
		await this.page.reload();
		await waitUntilHydrated(this.page);
	}

	get lastAnswer(): Locator {
		return this.answers.last();
	}

	/** Lets the last answer go on where it was cut off. */
	get continueButton(): Locator {
		return this.lastAnswer.getByRole("button", { name: "Continue" });
	}

	/** Chooses who answers from now on. */
	async choose(model: string): Promise<void> {
		await this.page.getByRole("button", { name: /^Model: / }).click();
		await this.page.getByRole("menuitemradio", { name: new RegExp(`^${model} `) }).click();
	}

	async send(text: string): Promise<void> {
		await this.field.fill(text);
		await this.field.press("Enter");
	}

	/** Sends and waits until the answer has ended. */
	async ask(text: string): Promise<void> {
		const count = await this.answers.count();
		await this.send(text);
		await expect(this.answers).toHaveCount(count + 1);
		await this.waitForEnd();
	}

	/** The answer has ended; its last words may be drawn a moment later. */
	async waitForEnd(): Promise<void> {
		await expect(this.lastAnswer).toHaveAttribute("aria-busy", "false", { timeout: 30_000 });
	}

	/** Waits until every answer stands as its Markdown says; until then its words are plain text. */
	async waitForMarkdown(): Promise<void> {
		await expect(this.answers.locator(".answer").first()).toBeVisible();
		await expect(this.page.locator(".answer-plain")).toHaveCount(0);
	}

	/** Sends and waits until a part of the answer can be read. */
	async sendAndWatch(text: string, part: string | RegExp): Promise<void> {
		await this.send(text);
		await expect(this.lastAnswer).toContainText(part);
	}

	/** Notes from now on, until the page is loaded again, all that is announced: other words may follow at once. */
	async noteAnnouncements(): Promise<() => Promise<readonly string[]>> {
		const noted = await this.announcer.evaluateHandle((region) => {
			const words: string[] = [];
			const note = () => void words.push((region.textContent ?? "").trim());
			new MutationObserver(note).observe(region, { childList: true, characterData: true, subtree: true });
			return words;
		});
		return () => noted.jsonValue();
	}

	/** The id of the thread that the address names; waits until a new chat has one. */
	async threadId(): Promise<string> {
		await this.page.waitForURL(/\/threads\/[\w-]+/);
		return new URL(this.page.url()).pathname.replace("/threads/", "");
	}

	/** The counted words (`w1 w2 …`) of an answer as they stand in the page, up to the last character. */
	async words(answer = this.lastAnswer): Promise<string> {
		const text = (await answer.count()) === 0 ? "" : ((await answer.textContent()) ?? "");
		return (/w1[ w\d]*/.exec(text)?.[0] ?? "").trim();
	}
}
