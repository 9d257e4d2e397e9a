import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitPieces } from "./split-pieces.ts";

describe("splitPieces", () => {
	it.each(["grapheme", "codepoint", "unit"] as const)("%s: pieces joined are the text again", (kind) => {
		fc.assert(
			fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
				expect(splitPieces(text, kind).join("")).toBe(text);
			}),
		);
	});

	it("keeps what a reader sees as one sign in one piece", () => {
		const signs = ["👩‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇮", "é", "क्षि", "3️⃣"];
		for (const sign of signs)
			expect(splitPieces(`${sign.repeat(5)} ${sign}`).every(isWhole(sign))).toBe(true);
	});

	it("unit leaves half pairs behind, as careless providers do", () => {
		expect(splitPieces("ab🚀cd", "unit")).toEqual(["ab\ud83d", "\ude80cd"]);
	});

	it("cuts English prose into pieces of about four characters", () => {
		const text =
			"Every queue needs an end, otherwise it is a memory leak with extraordinarily good manners. ".repeat(
				20,
			);
		expect(text.length / splitPieces(text).length).toBeGreaterThan(3.5);
		expect(text.length / splitPieces(text).length).toBeLessThan(5.5);
	});
});

const isWhole = (sign: string) => (piece: string) => piece.replaceAll(sign, "").trim() === "";
