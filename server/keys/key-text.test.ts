import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPublicId, createSecret, holdsKey, isKeyText, parseKeyText, toKeyText } from "./key-text.ts";

const create = () => ({ publicId: createPublicId(), secret: createSecret() });

describe("a key's text", () => {
	it("is read as it was made, is found in longer texts, and no two are the same", () => {
		const keys = Array.from({ length: 200 }, create);
		for (const key of keys) {
			const text = toKeyText(key);
			expect(text).toMatch(/^parley_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
			expect(parseKeyText(text)).toEqual(key);
			expect([isKeyText(text), holdsKey(`/api/v1/models?x=${text}&y=1`)]).toEqual([true, true]);
		}
		expect(new Set(keys.map(({ secret }) => secret)).size).toBe(200);
	});

	it("is no key any more when one character is another one, is missing or comes twice", () => {
		const text = toKeyText({ publicId: "Ab3dEf6hIj9l", secret: `${"0123456789".repeat(4)}xyz` });
		for (let at = 0; at < text.length; at++) {
			const other = text[at] === "q" ? "w" : "q";
			const wrong = [other, "", `${text[at]}${text[at]}`].map(
				(put) => text.slice(0, at) + put + text.slice(at + 1),
			);
			expect(wrong.map(parseKeyText)).toEqual([null, null, null]);
		}
	});

	it("is nothing else, whatever a caller sends", () => {
		fc.assert(fc.property(fc.string(), (text) => parseKeyText(text) === null));
		fc.assert(fc.property(fc.string(), (text) => parseKeyText(`parley_${text}`) === null));
	});
});
