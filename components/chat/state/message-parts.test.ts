import { expect, it } from "vitest";
import type { Message } from "@/server/client";
import { isSendable, toEditedParts } from "./message-parts";

type Part = NonNullable<Message["parts"]>[number];
const text = (value: string): Part => ({ type: "text", text: value });
const image = (base64: string): Part => ({
	type: "image",
	mediaType: "image/png",
	source: { type: "inline", base64 },
});
const file: Part = {
	type: "file",
	name: "a.pdf",
	mediaType: "application/pdf",
	source: { type: "inline", base64: "aGk=" },
};

it.each<[what: string, before: Part[] | null, changed: string, after: Part[] | null]>([
	["text alone", null, "new", null],
	["an image below the words", [text("old"), image("aa==")], "new", [text("new"), image("aa==")]],
	["an image above the words", [image("aa=="), text("old")], "new", [image("aa=="), text("new")]],
	[
		"words between images",
		[image("aa=="), text("old"), image("bb=="), text("older")],
		"new",
		[image("aa=="), text("new"), image("bb==")],
	],
	["an image that gets words", [image("aa==")], "new", [image("aa=="), text("new")]],
	["an image whose words are taken away", [text("old"), image("aa==")], " ", [image("aa==")]],
])("an edit changes the words and keeps the rest: %s", (_, before, changed, after) => {
	expect(toEditedParts(before, changed)).toEqual(after);
});

it("a message with a part that a person cannot send is not offered for an edit that would lose it", () => {
	expect(isSendable(null)).toBe(true);
	expect(isSendable([text("a"), image("aa==")])).toBe(true);
	expect(isSendable([text("a"), file])).toBe(false);
	expect(isSendable([text("a"), { type: "unknown" }])).toBe(false);
});
