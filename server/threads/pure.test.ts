import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCursor, toCursor } from "./cursor.ts";
import { toTitle } from "./title.ts";

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
	])("makes one line of the first words of %j", (text, title) => expect(toTitle(text)).toBe(title));

	it("is storable, on one line and short, whatever the message", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
				const title = toTitle(text);
				expect(title.isWellFormed()).toBe(true);
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
