import type { Locator, Page } from "@playwright/test";
import { waitUntilHydrated } from "./hydrated.ts";

/** The pages before the chat: sign-in, set-up, sign-up, reset. They share their fields. */
export class SignInPage {
	readonly email: Locator;
	readonly password: Locator;
	readonly newPassword: Locator;
	readonly refusal: Locator;
	readonly #page: Page;

	constructor(page: Page) {
		this.#page = page;
		this.email = page.getByLabel("Email", { exact: true });
		this.password = page.getByLabel("Password", { exact: true });
		this.newPassword = page.getByLabel("New password", { exact: true });
		this.refusal = page.getByRole("main").getByRole("alert");
	}

	async open(path = "/sign-in"): Promise<void> {
		await this.#page.goto(path);
		await waitUntilHydrated(this.#page);
	}

	async fill(account: { email: string; password: string }): Promise<void> {
		await this.email.fill(account.email);
		await this.password.fill(account.password);
	}

	async submit(name: "Sign in" | "Create account" | "Set password"): Promise<void> {
		await this.#page.getByRole("button", { name, exact: true }).click();
	}

	async signIn(account: { email: string; password: string }): Promise<void> {
		await this.open();
		await this.fill(account);
		await this.submit("Sign in");
	}

	note(words: string): Locator {
		return this.#page.getByRole("main").getByText(words);
	}
}
