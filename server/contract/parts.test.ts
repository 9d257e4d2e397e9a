import { describe, expect, it } from "vitest";
import { inlineImageCharactersMax, messageCharactersMax, messagePartsMax } from "./limits.ts";
import {
	messageText,
	parseStoredParts,
	sentParts,
	toPlainText,
	toStoredParts,
	toTextParts,
} from "./parts.ts";

const text = (value: string) => ({ type: "text", text: value }) as const;
const image = (base64 = "aGk=") =>
	({ type: "image", mediaType: "image/png", source: { type: "inline", base64 } }) as const;

describe("what may be sent", () => {
	it("is text and inline images, in order", () => {
		const parts = [text("What is this?"), image(), text("And this?"), image()];
		expect(sentParts.parse(parts)).toEqual(parts);
	});

	it.each([
		["no part", []],
		["an unknown type", [{ type: "hologram" }]],
		["a type that only answers have", [{ type: "reasoning", text: "hm" }]],
		["a tool result", [{ type: "tool-result", callId: "1", toolName: "x", output: 1 }]],
		["an empty text", [text("")]],
		["a text of blanks", [text(" \n\t\u00a0")]],
		["a text that cannot be seen", [text("\u200b\u2060")]],
		["a text of blanks beside an image", [text(" "), image()]],
		["text that cannot be stored", [text("a\u0000b")]],
		["half of a surrogate pair", [text("\ud800")]],
		["too many parts", Array.from({ length: messagePartsMax + 1 }, () => text("a"))],
		["too much text over all parts", [text("a".repeat(messageCharactersMax - 1)), text("b")]],
		["an image that is too large", [image("a".repeat(inlineImageCharactersMax + 4))]],
		["an image that is no base64", [image("<svg>")]],
		["an image type that no model reads", [{ ...image(), mediaType: "image/svg+xml" }]],
		["a file that does not belong to anybody", [{ type: "file", fileId: "x" }]],
	])("is not %s", (_, parts) => {
		expect(sentParts.safeParse(parts).success).toBe(false);
	});

	it("follows the same rule as a text without parts", () => {
		for (const value of ["a", "👩🏽‍🚀", "ก", "\u0301", ".", "", " \n", "\u200b", "a\u0000"])
			expect(sentParts.safeParse([text(value)]).success, value).toBe(messageText.safeParse(value).success);
		expect(messageText.safeParse(" \n").success).toBe(false);
		expect(messageText.safeParse("👩🏽‍🚀").success).toBe(true);
	});

	it("drops fields that a caller made up", () => {
		expect(sentParts.parse([{ ...text("a"), tokenCount: 0 }])).toEqual([text("a")]);
	});
});

describe("stored parts", () => {
	it("are nothing but the plain text for a message of text alone", () => {
		expect(toStoredParts(toTextParts("hello"))).toBeNull();
		expect(parseStoredParts(null, "hello")).toEqual([text("hello")]);
		expect(parseStoredParts(null, "")).toEqual([]);
	});

	it("come back as they were stored", () => {
		const parts = [text("a"), image(), text("b")];
		expect(parseStoredParts(JSON.parse(JSON.stringify(toStoredParts(parts))), toPlainText(parts))).toEqual(
			parts,
		);
		expect(toPlainText(parts)).toBe("a\n\nb");
	});

	it.each([
		["a type", { type: "hologram", beams: 3 }],
		["a form of a known type", { ...image(), mediaType: "image/avif" }],
		["no type", null],
	])("keep what is known beside a part with %s that a newer version wrote", (_, stored) => {
		const parts = [text("a"), image(), stored, text("b")];
		expect(parseStoredParts({ version: 1, parts }, "a\n\nb")).toEqual([
			text("a"),
			image(),
			{ type: "unknown" },
			text("b"),
		]);
	});

	it.each([
		["a newer version", { version: 2, parts: [{ type: "text", text: "other" }] }],
		["no parts at all", "broken"],
	])("are the plain text, and marked, when they hold %s", (_, stored) => {
		expect(parseStoredParts(stored, "hello")).toEqual([text("hello"), { type: "unknown" }]);
		expect(parseStoredParts(stored, "")).toEqual([{ type: "unknown" }]);
	});
});
