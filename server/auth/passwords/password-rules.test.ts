import { describe, expect, it } from "vitest";
import { findPasswordWeakness, normalisePassword } from "./password-rules.ts";

describe("a new password", () => {
	it.each([
		["seven characters", "abcdef1", "password_short"],
		["seven characters beyond the basic plane", "😀😀😀😀😀😀😀", "password_short"],
		["257 characters", `${"ab".repeat(128)}c`, "password_long"],
		["the address itself", "Ada@Example.org", "password_obvious"],
		["the part before the @", "ADA.LOVELACE", "password_obvious", "ada.lovelace@example.org"],
		["one character over and over", "aaaaaaaaaa", "password_obvious"],
		["digits in a row", "12345678", "password_obvious"],
		["the word itself", "Password", "password_obvious"],
	])("is refused when it is %s", (_, password, weakness, email = "ada@example.org") => {
		expect(findPasswordWeakness(password, email)).toBe(weakness);
	});

	it.each([
		["eight characters", "abcdef12"],
		["256 characters", "ab".repeat(128)],
		["eight characters beyond the basic plane", "😀😁😂😃😄😅😆😇"],
		["a sentence with spaces", "correct horse battery staple"],
		["other scripts", "пароль из слов"],
	])("is accepted with %s", (_, password) => {
		expect(findPasswordWeakness(password, "ada@example.org")).toBeNull();
	});

	it("is the same password however the keyboard composes its letters", () => {
		expect(normalisePassword("cafe\u0301")).toBe(normalisePassword("caf\u00e9"));
	});
});
