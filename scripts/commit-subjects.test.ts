import { expect, it } from "vitest";
import { findBadSubjects } from "./commit-subjects.ts";

it("refuses commits with a long or an unconventional subject", () => {
	const long = `fix(chat): ${"x".repeat(62)}`;
	expect(findBadSubjects(["feat(chat): a thing", "docs: words", "fix(chat, turns): both"])).toEqual([]);
	expect(findBadSubjects([`fix(chat): ${"x".repeat(61)}`])).toEqual([]);
	expect(findBadSubjects([long, "Some change"])).toEqual([
		`73 characters, not 72: ${long}`,
		"not a conventional commit: Some change",
	]);
});
