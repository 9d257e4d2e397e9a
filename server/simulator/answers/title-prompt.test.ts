import { describe, expect, it } from "vitest";
import { takeDirective } from "../requests/options.ts";
import { findTitled } from "./title-prompt.ts";

const toPrompt = (question: string) =>
	`<question>\n${question}\n</question>\n<answer>\nAn answer.\n</answer>\n\nTitle:`;
const find = (text: string) => findTitled([{ role: "user", text }]);

describe("findTitled", () => {
	it.each([
		"Why are there tides?",
		"[[sim itl=1]] Why are there tides?",
		"Why are there tides? [[sim itl=1]]",
	])("finds the question of %j, with its directive and without", (question) => {
		expect(find(toPrompt(question))).toBe(question);
		expect(find(takeDirective(toPrompt(question)).text)).toBe("Why are there tides?");
	});

	it("finds none in a question that a person asks", () => {
		expect(find("What is a <question>?")).toBeNull();
	});
});
