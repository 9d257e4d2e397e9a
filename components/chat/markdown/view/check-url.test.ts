import { describe, expect, it } from "vitest";
import { checkUrl } from "./safe-link";

describe("an address in an answer", () => {
	it.each([
		"javascript:alert(1)",
		" JavaScript:alert(1)",
		"data:text/html,x",
		"vbscript:x",
		"file:///etc",
		"blob:x",
		"",
		"http://",
	])("is dead when it is %j", (value) => {
		expect(checkUrl(value, ["*"])).toEqual({ kind: "dead" });
	});

	it("needs a question unless its host is listed and the connection is safe", () => {
		const isAllowed = (value: string) => {
			const checked = checkUrl(value, ["docs.example.com", "*.trusted.org"]);
			return checked.kind === "foreign" && checked.isAllowed;
		};
		expect(isAllowed("https://docs.example.com/a?b=c")).toBe(true);
		expect(isAllowed("https://a.trusted.org/")).toBe(true);
		expect(isAllowed("https://trusted.org/")).toBe(false);
		expect(isAllowed("http://docs.example.com/")).toBe(false);
		expect(isAllowed("https://docs.example.com.evil.org/")).toBe(false);
		expect(isAllowed("https://docs.example.com@evil.org/")).toBe(false);
		expect(isAllowed("https://evil.org/#docs.example.com")).toBe(false);
	});

	it("is dead as a part of this page, which names its own messages so", () => {
		expect(checkUrl("#message-1", ["*"])).toEqual({ kind: "dead" });
	});
});
