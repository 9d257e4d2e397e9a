import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MessagePart, toTextParts } from "../contract/parts.ts";
import { parseCursor, toCursor } from "./cursor.ts";
import { toTitle } from "./title.ts";

const source = { type: "inline", base64: "aGk=" } as const;
const image: MessagePart = { type: "image", mediaType: "image/png", source };

describe("toTitle", () => {
	it.each([
		["  Hello\n\n world ", "Hello world"],
		["x".repeat(100), `${"x".repeat(60)}…`],
		["👩‍🚀".repeat(30), `${"👩‍🚀".repeat(12)}…`],
		[`${"x".repeat(59)}e\u0301${"x".repeat(40)}`, `${"x".repeat(59)}…`],
		[
			"Explain how a queue hides a slow consumer until it does not, please",
			"Explain how a queue hides a slow consumer until it does not,…",
		],
	])("makes one line of the first words of %j", (text, title) =>
		expect(toTitle(toTextParts(text))).toBe(title),
	);

	it.each<[has: string, parts: MessagePart[], title: string]>([
		["an image alone", [image], "Image"],
		["an image before its words", [image, ...toTextParts("What is it?")], "What is it?"],
		["a file", [{ type: "file", name: "plan.pdf", mediaType: "application/pdf", source }], "plan.pdf"],
	])("is never empty: of a message with %s", (_, parts, title) => expect(toTitle(parts)).toBe(title));

	it("is storable, on one line and short, whatever the message", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
				const title = toTitle(toTextParts(text));
				expect(title.isWellFormed()).toBe(true);
				expect(title.trim()).not.toBe("");
				expect(title.length).toBeLessThanOrEqual(61);
				expect(title).not.toMatch(/[\n\r\t]/);
			}),
		);
	});
});

describe("cursors", () => {
	it("come back as they were made, and nothing else passes", () => {
		fc.assert(
			fc.property(fc.array(fc.oneof(fc.uuid(), fc.nat()), { minLength: 1, maxLength: 3 }), (keys) => {
				expect(parseCursor(toCursor(keys), keys.length)).toEqual(keys);
			}),
		);
		for (const forged of ["", "x", "W10", toCursor([1, 2]), Buffer.from('[{"a":1}]').toString("base64url")])
			expect(() => parseCursor(forged, 1)).toThrowError(expect.objectContaining({ code: "invalid_request" }));
	});
});
