import { statSync } from "node:fs";
import { expect, it } from "vitest";
import { readQuestion } from "../read/question.ts";
import { createModel } from "./model.ts";
import weights from "./weights.json" with { type: "json" };

it("the committed weights are read, and are smaller than 1 MB", () => {
	expect(() => createModel(weights)).not.toThrow();
	expect(statSync(new URL("./weights.json", import.meta.url)).size).toBeLessThan(1e6);
});

it.each([
	["of a later version", { ...weights, version: 2 }, /version 2, and this program reads version 1/],
	["that is no file", null, /version undefined/],
	["without trees", { ...weights, trees: null }, /cannot be read/],
	["cut off", { ...weights, terms: weights.terms.slice(0, 400) }, /300 bytes in place of 16384/],
])("weights %s are refused, and the error says why", (_, file, message) => {
	expect(() => createModel(file)).toThrow(message);
});

it("a score is a chance, the same for both orders, and higher where less differs", () => {
	const model = createModel(weights);
	const score = (one: string, other: string, cosine: number) =>
		model.score(readQuestion(one), readQuestion(other), cosine);
	const [near, far] = [
		score("What are the rules of chess?", "What are some rules of chess?", 0.97),
		score("What are the rules of chess?", "What are good openings in chess for a beginner?", 0.7),
	];
	for (const each of [near, far]) expect(each > 0 && each < 1).toBe(true);
	expect(near).toBeGreaterThan(far);
	expect(score("What are some rules of chess?", "What are the rules of chess?", 0.97)).toBe(near);
});
