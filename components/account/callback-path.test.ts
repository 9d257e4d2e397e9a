import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toCallbackPath } from "./callback-path";

describe("toCallbackPath", () => {
	it.each([
		["/", "/"],
		["/threads/1?x=1#end", "/threads/1?x=1#end"],
		["/settings", "/settings"],
		["/a/../b", "/b"],
		[undefined, "/"],
		[null, "/"],
		[["/a", "/b"], "/"],
		["", "/"],
		["threads/1", "/"],
		["https://evil.example/", "/"],
		["//evil.example/", "/"],
		["/\\evil.example/", "/"],
		["/\t/evil.example/", "/"],
		["/\n/evil.example/", "/"],
		["/.//evil.example/", "/"],
		["/a/..//evil.example/", "/"],
		["/%2e//evil.example/", "/"],
		["javascript:alert(1)", "/"],
		["/api/auth/signout", "/"],
		["/sign-in?callbackUrl=/x", "/"],
	])("%j leads to %j", (value, path) => {
		expect(toCallbackPath(value)).toBe(path);
	});

	it("never leads to another site, whatever it is given", () => {
		const piece = fc.constantFrom(
			"/",
			"\\",
			".",
			"..",
			"%2e",
			"\t",
			"\n",
			"@",
			":",
			"evil.example",
			"http:",
			"?",
			"#",
			"a",
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
				const path = toCallbackPath(`/${pieces.join("")}`);
				expect(new URL(path, "https://own.example").origin).toBe("https://own.example");
			}),
			{ numRuns: 2_000 },
		);
	});
});
