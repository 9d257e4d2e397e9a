import { describe, expect, it } from "vitest";
import { errorTable } from "../../server/contract/errors.ts";
import { failureClasses } from "../../server/resilience/failures/rules.ts";
import { errorWords } from "./errors";
import { failureWords } from "./failures";
import { toErrorWords } from "./to-error-words";

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
		const { text, actions } = toErrorWords(failure("rate_limited", { retryAfterMs: 41_200 }));
		expect(text).toContain("0:42");
		expect(actions).toEqual(["retry"]);
	});

	it("has words and something to do for every class of failure, for people and for administrators", () => {
		expect(Object.keys(failureWords).sort()).toEqual([...failureClasses].sort());
		for (const failureClass of failureClasses)
			for (const details of [
				{},
				{ isEmpty: true },
				{ isAdmin: true, modelName: "Large" },
				{ retryAfterMs: 9_000 },
			]) {
				const told = toErrorWords(failure("provider_unavailable", { class: failureClass, ...details }));
				expect(told.text).toMatch(/^[A-Z].+\.$/);
				expect(told.text).not.toMatch(/oops|undefined|null|_/i);
				expect(told.actions).not.toEqual([]);
			}
	});

	it("never offers another model around a content filter", () => {
		for (const failureClass of ["filtered_request", "filtered_response", "filter_outage"]) {
			const { actions } = toErrorWords(failure("content_filtered", { class: failureClass }));
			expect(actions).not.toContain("other-model");
			expect(actions).not.toContain("larger-model");
		}
	});

	it("says of a throttled model when it may be asked again, and when that is now", () => {
		const told = (details: object) =>
			toErrorWords(failure("provider_unavailable", { class: "throttled", modelName: "Large", ...details }))
				.text;
		expect(told({ retryAfterMs: 12_000 })).toBe("Large is busy. You can try again in 0:12.");
		expect(told({ hasWaited: true })).toBe("Large is busy. You can try again now.");
	});

	it("tells of a pause of spending the same, whether the message was refused or its answer not begun", () => {
		const sentence = "An administrator has paused spending.";
		for (const details of [{ limit: "spending_paused" }, { class: "spending_paused" }])
			expect(toErrorWords(failure("budget_exceeded", details)).text).toContain(sentence);
	});

	it("repeats what a schema refused", () => {
		expect(toErrorWords(failure("invalid_request", { issues: ["text: Too long."] })).text).toBe(
			"This wasn't accepted: text: Too long.",
		);
	});

	it("answers a code it does not know with the words of an internal failure", () => {
		const unknown = JSON.parse('{"code":"brand_new","details":{},"requestId":null}');
		expect(toErrorWords(unknown).text).toBe("Something went wrong on our side.");
	});
});
