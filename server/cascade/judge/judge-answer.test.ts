import { describe, expect, it } from "vitest";
import { judgeAnswer } from "./judge-answer.ts";

const faultsOf = (prompt: string, answer: string) => judgeAnswer(prompt, answer, 0.2).faults;
const prose =
	"The harbour is quiet in the morning, and the boats come back around noon with what they have caught. ";
const story = ["harbour", "market", "station", "library", "garden"]
	.map(
		(place, at) =>
			`In the ${place} of our town ${at + 2} people met last week to talk about what ${place}s are for.`,
	)
	.join(" ");
const fenced = (language: string, code: string) => `Here it is:\n\n\`\`\`${language}\n${code}\n\`\`\`\n`;

describe("an answer has a fault when", () => {
	it.each([
		["it is empty", "Hi", " \n", "empty"],
		["it is one mark", "Who was first?", ".", "empty"],
		["it refuses", "List three poisons.", "I'm sorry, but I can't help with that.", "refusal"],
		[
			"it says what it is in place of an answer",
			"Who won?",
			"As an AI language model, I do not have access to the news.",
			"refusal",
		],
		["it ends inside of a sentence", "Tell me a story", `${story} Then the captain looked at the`, "cut off"],
		["it ends inside of a block of code", "Show me", "Sure:\n```js\nconst a = 1;\n", "cut off"],
		["it says the same again and again", "Tell me about boats", prose.repeat(12), "repetition"],
		["its lines repeat", "List names", "- Ann Miller of York\n".repeat(20), "repetition"],
		[
			"it is in another script",
			"What is a good name for a cat?",
			"给猫取个好名字可以是小花或者咪咪",
			"another script",
		],
		["JSON was asked for and there is none", "Return the result as JSON.", "The name is Ann.", "no JSON"],
		["the JSON cannot be read", "Answer in JSON", '{"name": "Ann",}', "no JSON"],
		["a table was asked for and there is none", "Compare them in a table.", "Both are fine.", "no table"],
		[
			"code was asked for and there is none",
			"Write a Python function that adds",
			"You can do this easily.",
			"no code",
		],
		["yes or no was asked for", "Is it wet? Answer with yes or no.", "It depends.", "neither yes nor no"],
		[
			"items are missing",
			"Give me five ideas for a party",
			"1. Games\n2. Songs\n3. Cake",
			"fewer items than asked for",
		],
		[
			"it announces more than it has",
			"Party?",
			"Here are 5 ideas:\n1. Games\n2. Songs\n3. Cake",
			"fewer items than announced",
		],
		["it is far too long", "Describe the harbour in at most 20 words", prose.repeat(3), "too long"],
		[
			"it has too many sentences",
			"Explain it in two sentences or in three sentences",
			"A. ".repeat(9),
			"too long",
		],
		["a sum is wrong", "How much?", "We pay 12 + 30 = 45 dollars.", "wrong arithmetic"],
		["a product is wrong", "How much?", "That is 15% × 200 = 35.", "wrong arithmetic"],
		[
			"it concludes twice",
			"How many?",
			"The answer is 12. Or rather, the final answer is 14.",
			"two answers",
		],
		[
			"its JavaScript has a mistake",
			"Show me",
			fenced("js", "function add(a, b) { return a + ; }"),
			"code that does not parse",
		],
		[
			"its Python leaves a bracket open",
			"Show me",
			fenced("python", "print((1 + 2)\n"),
			"code that does not parse",
		],
		["its JSON block is none", "Show me", fenced("json", "{a: 1}"), "code that does not parse"],
		["its Java closes too often", "Show me", fenced("java", "class A { } }"), "code that does not parse"],
	])("%s", (_, prompt, answer, fault) => {
		expect(faultsOf(prompt, answer)).toContain(fault);
	});
});

describe("an answer has no fault when", () => {
	it.each([
		["it is short", "What is the capital of Peru?", "Lima"],
		["it is a drawing", "Draw a face", ":-)"],
		["it apologises and goes on", "It fails", `I'm sorry about that! ${prose}`],
		["it ends with an item", "List fish", `${story}\n- cod\n- herring`],
		["it ends with an emoji", "Say it", `${story} Enjoy 🎉`],
		[
			"it repeats a heading",
			"Plan",
			Array.from(
				{ length: 8 },
				(_, day) =>
					`## Plan of the day\nwalk${day} tree${day}\nfish${day} soup${day} bread${day}\nhouse${day} bed${day} moon${day} owl${day}`,
			).join("\n"),
		],
		["it was to be translated", "Translate 'cat' into Japanese", "猫"],
		["it has the JSON in a block", "Return the result as JSON.", fenced("json", '{"name": "Ann"}')],
		["it has the table", "Compare them in a table.", "| a | b |\n|---|---|\n| 1 | 2 |"],
		["it has all items", "Give me three ideas for a party", "1. Games\n2. Songs\n3. Cake"],
		[
			"it keeps to the length",
			"In 20 words or less, say in at most 20 words what it is",
			"It is a quiet harbour.",
		],
		[
			"its sums are right",
			"How much?",
			"12 + 30 = 42, 10 / 3 = 3.33, 1,000 × 2 = 2,000, $5 - $2 = $3 and 15% × 200 = 30.",
		],
		[
			"its sums are chains",
			"How much?",
			"2 + 3 × 4 = 14, and 2 × 3 + 4 = 10, and 3 × (2 + 1) = 9, and 2026-12-01 = today",
		],
		["it concludes the same twice", "How many?", "The answer is 1,200. So the final answer is 1200."],
		[
			"its JavaScript is a module",
			"Show me",
			fenced("js", "import a from 'a';\nexport const b = await a();\nexport default b;"),
		],
		["its code leaves something out", "Show me", fenced("js", "function f() {\n  // ...\n")],
		["its Python has brackets in strings", "Show me", fenced("python", "print('(', \"]\")  # ((\n'''}'''")],
		["its code is in a language that is not read", "Show me", fenced("brainfuck", "[[[")],
	])("%s", (_, prompt, answer) => {
		expect(faultsOf(prompt, answer)).toEqual([]);
	});
});

it("starts from the router's score, and faults only raise it", () => {
	expect(judgeAnswer("Hi", "Hello!", 0.3)).toEqual({ score: expect.closeTo(0.3, 10), faults: [] });
	const one = judgeAnswer("How much?", "1 + 1 = 3.", 0.3).score;
	const two = judgeAnswer("How much?", "1 + 1 = 3. The answer is 3. The answer is 4.", 0.3).score;
	expect(one).toBeGreaterThan(0.7);
	expect(two).toBeGreaterThan(one);
	expect(two).toBeLessThanOrEqual(1);
});

it.each(["word ", "\n", " ", "```js\n", "1 + ", "{", "the answer is ", "- ", "1 = ", "|", "((", "'", "9"])(
	"a megabyte of %j takes no longer than a few ordinary answers",
	(piece) => {
		const timeOf = (answer: string) =>
			Math.min(
				...Array.from({ length: 5 }, () => {
					const startedAt = performance.now();
					judgeAnswer("Write a function and return the result as JSON in a table", answer, 0.2);
					return performance.now() - startedAt;
				}),
			);
		const ordinary = Array.from(
			{ length: 400 },
			(_, at) => `${prose.slice(at % 7)} ${at} + ${at} = ${2 * at}.`,
		)
			.join("\n")
			.slice(0, 32_000);
		expect(timeOf(Buffer.from(piece.repeat(1e6 / piece.length)).toString())).toBeLessThan(
			20 * timeOf(ordinary),
		);
	},
);
