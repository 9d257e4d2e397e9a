import type { Locator } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

const readBox = async (locator: Locator) => {
	const box = await locator.boundingBox();
	if (!box) throw new Error("It has no place on the screen.");
	return box;
};

test("a button says its name beside it to the pointer and to keys, until something is pressed", async ({
	chat,
}) => {
	await chat.ask("Hello!");
	const tip = chat.page.locator("[popover]");
	const copy = chat.lastAnswer.getByRole("button", { name: "Copy answer" });
	await copy.hover();
	await expect(tip).toHaveText("Copy answer");
	await expect(tip).toBeInViewport();
	await chat.page.mouse.move(2, 2);
	await expect(tip).toHaveCount(0);
	await copy.focus();
	await chat.page.keyboard.press("Tab");
	await expect(tip).toHaveText("Try again");
	await chat.page.keyboard.press("Escape");
	await expect(tip).toHaveCount(0);
});

test("a note with Undo covers neither the title nor the field for the next message", async ({ chat }) => {
	await chat.ask("Hello!");
	await chat.page.keyboard.press("ControlOrMeta+Shift+Backspace");
	const note = chat.page.getByRole("listitem").filter({ hasText: "Chat deleted" });
	await expect(note.getByRole("button", { name: "Undo" })).toBeInViewport();
	const composer = await readBox(chat.page.locator("#composer"));
	await expect
		.poll(async () => {
			const { y, height } = await readBox(note);
			return composer.y - (y + height);
		})
		.toBeGreaterThanOrEqual(0);
	expect((await readBox(note)).y).toBeGreaterThan(100);
});

test("Save waits for a change of the name, and again once it is saved", async ({ signedIn }) => {
	await signedIn.goto("/settings");
	const save = signedIn.getByRole("button", { name: "Save", exact: true });
	const name = signedIn.getByRole("textbox", { name: "Name", exact: true });
	await expect(save).toHaveAttribute("aria-disabled", "true");
	await name.fill("Maya of the hills");
	await expect(save).toHaveAttribute("aria-disabled", "false");
	await name.press("Enter");
	await expect(signedIn.getByText("Saved.")).toBeVisible();
	await expect(save).toHaveAttribute("aria-disabled", "true");
});

test("at 200 % zoom the header and the composer leave two thirds of the height to the words", async ({
	chat,
}) => {
	await chat.ask("Hello!");
	await chat.page.setViewportSize({ width: 640, height: 360 });
	const composer = await readBox(chat.page.locator("#composer"));
	const header = await readBox(chat.page.getByRole("main").locator("header").first());
	expect(composer.height + header.height).toBeLessThan(120);
	await expect(chat.sendButton).toBeInViewport();
	await expect(chat.page.getByRole("button", { name: /^Model: / })).toBeInViewport();
});
