import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

const foreignPrompt = "Show me a link and an image from the network.";

/** What an answer may try, beyond what is recorded. */
const tricks = [
	"![](//example.invalid/relative.png) ![x](https://example.invalid/a.png 'title')",
	"<svg onload=alert(1)><image href='https://example.invalid/svg.png'/></svg>",
	"<style>@import 'https://example.invalid/style.css';</style><link rel=preload href='https://example.invalid/l'>",
	"<form action='https://example.invalid/form'><button>press</button></form><video poster='https://example.invalid/v'>",
	"[data](data:text/html,<script>alert(1)</script>) [vb](vbscript:msgbox) [JS](JaVaScRiPt:alert(1))",
	"[![inner](https://example.invalid/in.png)](https://example.invalid/out)",
	"$\\includegraphics{https://example.invalid/tex.png}$ $\\href{javascript:alert(1)}{x}$",
	"![ftp](ftp://example.invalid/x.png) ![blob](blob:https://example.invalid/1) <https://example.invalid/auto>",
].join("\n\n");

/** Every address that the browser asks for, wherever it comes from, and every complaint of the policy. */
async function watchPage(page: Page, url: string) {
	const foreign: string[] = [];
	const complaints: string[] = [];
	page.context().on("request", (request) => {
		const { origin, protocol } = new URL(request.url());
		if (origin !== url && protocol !== "data:" && protocol !== "blob:") foreign.push(request.url());
	});
	page.on("console", (message) => {
		if (/content security policy|refused to/i.test(message.text())) complaints.push(message.text());
	});
	page.on("dialog", (dialog) => {
		complaints.push(`a dialog: ${dialog.message()}`);
		void dialog.dismiss();
	});
	page.on("pageerror", (error) => complaints.push(String(error)));
	return { foreign, complaints };
}

test("an answer full of foreign addresses asks for none of them, at no moment of its growth", async ({
	chat,
	parley,
}) => {
	const seen = await watchPage(chat.page, parley.url);
	// Cut between any two characters: half an address must be as harmless as a whole one.
	await chat.ask(`${foreignPrompt} [[sim pieces=unit,itl=3]]`);
	await expect(chat.lastAnswer).toContainText("None of these may leave the page by itself.");
	await chat.ask(`${tricks} [[sim text=echo,pieces=unit,itl=3]]`);
	await chat.reload();
	await expect(chat.answers).toHaveCount(2);
	// After a reload the words stand there as plain text first, which could do no harm.
	await chat.waitForMarkdown();
	expect(seen).toEqual({ foreign: [], complaints: [] });
	const article = chat.page.getByRole("article");
	await expect(article.locator("script, iframe, style, link, form, video, svg image, img[src]")).toHaveCount(
		0,
	);
	const addresses = await article
		.locator("a[href]")
		.evaluateAll((links) =>
			links.map((link) => new URL(link.getAttribute("href") ?? "", location.href).protocol),
		);
	expect([...new Set(addresses)]).toEqual(["https:"]);
});

test("a held image says what it is and where it would come from", async ({ chat }) => {
	await chat.ask(foreignPrompt);
	await expect(
		chat.lastAnswer.getByRole("img", { name: "diagram. Image from example.invalid, not loaded" }),
	).toBeVisible();
});

test("a link asks with its whole address before it is followed", async ({ chat, parley }) => {
	const seen = await watchPage(chat.page, parley.url);
	await chat.ask(foreignPrompt);
	await chat.lastAnswer.getByRole("link", { name: "https://parley.example" }).click();
	const question = chat.page.getByRole("dialog", { name: "Open this link?" });
	await expect(question).toContainText("https://example.invalid/phishing");
	await question.getByRole("button", { name: "Cancel" }).click();
	await expect(question).toBeHidden();
	await expect(chat.lastAnswer.getByRole("link", { name: "https://parley.example" })).toBeFocused();
	await expect(chat.lastAnswer.getByText("press me")).toBeVisible();
	await expect(chat.lastAnswer.getByRole("link", { name: "press me" })).toHaveCount(0);
	expect(seen).toEqual({ foreign: [], complaints: [] });
	expect(chat.page.context().pages()).toHaveLength(1);
});

test("a diagram can neither load nor link to anything foreign", async ({ chat, parley }) => {
	const seen = await watchPage(chat.page, parley.url);
	const diagram = [
		"```mermaid",
		"graph TD",
		"A[\"<img src='https://example.invalid/m.png'>one\"] --> B[two]",
		'click B href "https://example.invalid/click"',
		"```",
	].join("\n");
	await chat.ask(`${diagram}\n\nThat was it. [[sim text=echo,itl=2]]`);
	await expect(chat.lastAnswer.getByRole("figure", { name: "Code, mermaid" })).toBeVisible();
	await chat.page.waitForLoadState("networkidle");
	expect(seen).toEqual({ foreign: [], complaints: [] });
});

test("every page carries a policy with a fresh nonce, and none of our own pages breaks it", async ({
	chat,
	parley,
}) => {
	const seen = await watchPage(chat.page, parley.url);
	const nonces = new Set<string>();
	for (const path of ["/", "/settings", "/sign-in", "/no-such-page", "/"]) {
		const response = await chat.page.goto(path);
		const policy = (await response?.headerValue("content-security-policy")) ?? "";
		const [, nonce] = /script-src 'self' 'nonce-([\w+/=]+)' 'strict-dynamic'/.exec(policy) ?? [];
		nonces.add(nonce ?? "none");
		for (const rule of [
			"default-src 'self'",
			"object-src 'none'",
			"base-uri 'none'",
			"frame-ancestors 'none'",
		])
			expect(policy).toContain(rule);
		expect(policy).not.toContain("unsafe-eval");
		await chat.page.waitForLoadState("networkidle");
	}
	expect(nonces.size).toBe(5);
	expect(nonces).not.toContain("none");
	expect(seen).toEqual({ foreign: [], complaints: [] });
});
