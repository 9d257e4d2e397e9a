import { describe, expect, it } from "vitest";
import { errorTable } from "../../server/errors.ts";
import { errorWords, toErrorWords } from "./error-words";

const failure = (code: keyof typeof errorWords, details = {}) => ({ code, details, requestId: "req_1" });

describe("error words", () => {
	it("has words for every code of the server's table", () => {
		expect(Object.keys(errorWords)).toEqual(expect.arrayContaining(Object.keys(errorTable)));
	});

	it("never shows a code or an Oops in its sentence, and ends as a sentence", () => {
		for (const code of Object.keys(errorWords) as (keyof typeof errorWords)[]) {
			const { text } = toErrorWords(failure(code));
			expect(text).toMatch(/^[A-Z].+\.$/);
			expect(text).not.toMatch(/oops/i);
			if (code.includes("_")) expect(text).not.toContain(code);
		}
	});

	it("counts down when the server says how long to wait", () => {
		const { text, action } = toErrorWords(failure("rate_limited", { retryAfterMs: 41_200 }));
		expect(text).toContain("0:42");
		expect(action).toBe("wait");
	});

	it("repeats what a schema refused", () => {
		expect(toErrorWords(failure("invalid_request", { issues: ["text: Too long."] })).text).toBe(
			"This was not accepted: text: Too long.",
		);
	});

	it("answers a code it does not know with the words of an internal failure", () => {
		const unknown = JSON.parse('{"code":"brand_new","details":{},"requestId":null}');
		expect(toErrorWords(unknown).text).toBe("Something failed on our side.");
	});
});
