import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSessionToken, sessionCookieName } from "./cookies.ts";

const name = "next-auth-3000.session-token";

describe("findSessionToken", () => {
	it.each([
		["no header", undefined, null],
		["an empty header", "", null],
		["other cookies only", "theme=dark; next-auth.csrf-token=abc", null],
		["an empty value", `${name}=`, null],
		["the name without a value", name, null],
		["one cookie", `${name}=a.b.c`, "a.b.c"],
		["one among others", `theme=dark;  ${name}=a.b.c ; x=1`, "a.b.c"],
		["a quoted value", `${name}="a.b.c"`, "a.b.c"],
		["a name that only ends alike", `evil-${name}=a`, null],
		["a name that only begins alike", `${name}-old=a`, null],
		["the same name twice", `${name}=first; ${name}=second`, "first"],
		["chunks in order", `${name}.0=aa; ${name}.1=bb`, "aabb"],
		["chunks in disorder", `${name}.1=bb; ${name}.0=aa`, "aabb"],
		["a missing chunk", `${name}.0=aa; ${name}.2=cc`, null],
		["a chunk number out of reach", `${name}.0=aa; ${name}.99=cc`, "aa"],
		["a chunk that is no number", `${name}.x=aa`, null],
	])("reads %s", (_, header, token) => {
		expect(findSessionToken(header, name)).toBe(token);
	});

	it("finds a token in any number of chunks among any other cookies", () => {
		const value = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/);
		const other = fc.stringMatching(/^[a-m]{1,8}$/);
		fc.assert(
			fc.property(
				fc.array(value, { minLength: 1, maxLength: 16 }),
				fc.dictionary(other, value),
				(chunks, others) => {
					const own = chunks.map((chunk, index) => `${name}.${index}=${chunk}`);
					const header = [...Object.entries(others).map(([key, text]) => `${key}=${text}`), ...own].join(
						"; ",
					);
					expect(findSessionToken(header, name)).toBe(chunks.join(""));
				},
			),
		);
	});

	it("never throws, whatever the header holds", () => {
		fc.assert(fc.property(fc.string(), (header) => void findSessionToken(header + name + header, name)));
	});
});

it.each([
	["https://chat.example.org", "__Host-next-auth.session-token"],
	["https://chat.example.org:8443", "__Host-next-auth-8443.session-token"],
	["http://chat.example.org", "next-auth.session-token"],
	["http://localhost:3000", "next-auth-3000.session-token"],
	["http://localhost:4000", "next-auth-4000.session-token"],
])("the cookie of %s is bound to https where it can be, and to a port of its own", (url, cookie) => {
	expect(sessionCookieName(url)).toBe(cookie);
});

it("two servers on one host keep their sessions apart", () => {
	const [one = "", other = ""] = ["http://localhost:3000", "http://localhost:4000"].map(sessionCookieName);
	const header = `${one}=first; ${other}=second`;
	expect(findSessionToken(header, one)).toBe("first");
	expect(findSessionToken(header, other)).toBe("second");
});
