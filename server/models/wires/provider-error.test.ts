import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTextCleaner } from "./answer/clean-text.ts";
import { cutToBytes, ProviderError } from "./provider-error.ts";

describe("a provider's error", () => {
	it.each([
		['{"error":{"code":"content_filter"}}', true],
		['{"error":{"type":"invalid_request_error","code":"content_policy_violation"}}', true],
		['{"error":{"innererror":{"code":"ResponsibleAIPolicyViolation"}}}', true],
		['{"error":{"message":"Output blocked by content filtering policy"}}', true],
		['{"error":{"code":"content_filter_error","message":"The contents are not filtered"}}', false],
		['{"error":{"code":"context_length_exceeded"}}', false],
		["", false],
	])("%s is a refusal by a content filter: %s", (body, expected) => {
		expect(new ProviderError("http", "x", { status: 400, body }).isContentFilter).toBe(expected);
	});

	it("keeps at most the bytes allowed of any body and stays valid Unicode", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), fc.nat(40), (text, bytesMax) => {
				const cut = cutToBytes(text, bytesMax);
				expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytesMax);
				expect(text.replaceAll("\u0000", "").toWellFormed().startsWith(cut)).toBe(true);
			}),
		);
	});
});

describe("cleaned text", () => {
	it("is the well-formed whole without U+0000, wherever it is cut", () => {
		fc.assert(
			fc.property(
				fc.array(fc.string({ unit: fc.constantFrom("a", "\u0000", "\ud83d", "\ude00", "漢") })),
				(pieces) => {
					const cleaner = createTextCleaner();
					const cleaned = pieces.map((piece) => cleaner.push(piece)).join("") + cleaner.flush();
					expect(cleaned).toBe(pieces.join("").replaceAll("\u0000", "").toWellFormed());
				},
			),
		);
	});
});
