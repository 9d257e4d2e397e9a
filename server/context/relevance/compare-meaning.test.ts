import { describe, expect, it } from "vitest";
import { toTextMessage } from "../../contract/model-message.ts";
import type { ConversationMessage } from "../conversation.ts";
import { addMeaning } from "./compare-meaning.ts";
import { rank } from "./rank.ts";

/** A vector in a direction, with a little of its own. */
const towards = (direction: "sea" | "land", own: number) =>
	Int8Array.from([direction === "sea" ? 100 : 5, direction === "sea" ? 5 : 100, own % 7]);
const land = (count: number) => Array.from({ length: count }, (_, at) => towards("land", at));

describe("scores by words", () => {
	it("rise for what means the same as the best matches, and for nothing else", () => {
		const scores = Float64Array.from([3, 0, ...land(20).map(() => 0)]);
		addMeaning(scores, [towards("sea", 1), towards("sea", 2), ...land(20)]);
		expect(scores[1]).toBeGreaterThan(0);
		expect([...scores.slice(2)].every((score) => score === 0)).toBe(true);
	});

	it.each([
		["no message has a vector", Array.from({ length: 22 }, () => undefined)],
		[
			"few messages have one",
			[towards("sea", 1), towards("sea", 2), ...Array.from({ length: 20 }, () => undefined)],
		],
		["all vectors are alike", Array.from({ length: 22 }, () => towards("sea", 1))],
	])("stay as they are when %s", (_, vectors) => {
		const scores = Float64Array.from([3, 0, ...land(20).map(() => 0)]);
		addMeaning(scores, vectors);
		expect(scores[0]).toBe(3);
		expect(scores[1]).toBe(0);
	});

	it("stay as they are when no message has a word of the question", () => {
		const scores = new Float64Array(22);
		addMeaning(scores, [towards("sea", 1), towards("sea", 2), ...land(20)]);
		expect([...scores].every((score) => score === 0)).toBe(true);
	});
});

it("a message without a word of the question is found by its vector", async () => {
	const said = (id: string, text: string): ConversationMessage => ({
		...toTextMessage("user", text),
		tokens: 10,
		id,
	});
	const others = Array.from({ length: 30 }, (_, at) =>
		said(`other ${at}`, `Number ${at} of the list of shoes.`),
	);
	const found = said("found", "We cast off at nine, with Ada at the helm.");
	const conversation = [
		said("match", "The ferry is late again."),
		...others.slice(0, 15),
		found,
		...others.slice(15),
		said("asked", "Which ferry, by which company, on which timetable?"),
	];
	const vectors = new Map<string, Int8Array>([
		["match", towards("sea", 1)],
		["found", towards("sea", 2)],
		...others.map(({ id = "" }, at) => [id, towards("land", at)] as const),
	]);
	const [byWords, byMeaning] = [await rank(conversation), await rank(conversation, vectors)];
	expect(byWords.get(found)).toBe(0);
	const best = others.map((other) => byMeaning.get(other) ?? 0).filter((_, at) => at > 5 && at < 10);
	expect(byMeaning.get(found)).toBeGreaterThan(Math.max(...best));
});
