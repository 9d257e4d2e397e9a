import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinModelSpans, toSwitches } from "../state/model-switches";
import { createSwitchMarks, markSwitches, type TreeNode, takeMarks } from "./mark-model-switches";

const mark = "\u{f0000}";
/** The text with the modelSwitch where `|` stands, and its mark shown as `^`. */
function at(text: string, isGrowing = false): string {
	const atCharacter = text.indexOf("|");
	const switches = [{ modelId: "b", atCharacter }];
	return markSwitches(text.replace("|", ""), switches, isGrowing).replaceAll(mark, "^");
}

describe("the mark of a modelSwitch in Markdown", () => {
	it.each([
		["between two words", "two high |tides a day", "two high ^ tides a day"],
		["after the word that was cut", "two hi|gh tides", "two high ^ tides"],
		["after bold words", '**"two"|** high', '**"two"** ^ high'],
		["at the end of the paragraph before", "first.\n\n|Second one.", "first. ^\n\nSecond one."],
		["before the words after a block of code", "```\na\n```\n\n|Then b.", "```\na\n```\n\n^ Then b."],
		["at the beginning of a line of code", "```ts\nlet a;\nlet |b;\n```\n", "```ts\nlet a;\n^let b;\n```\n"],
		["after inline code", "call `a |b` now", "call `a b` ^ now"],
		["after a link", "see [the |docs](http://a.b/c) now", "see [the docs](http://a.b/c) ^ now"],
		["after a formula", "so \\(a + |b\\) is", "so \\(a + b\\) ^ is"],
		["after the first word of a list item", "- one\n|- two three", "- one ^\n- two three"],
		["inside a list", "1. one\n2. tw|o\n3. three", "1. one\n2. two ^\n3. three"],
		["in the text of a table, not in its ruler", "a.\n\n~x~ b\n:-- ---|\nc d", "a.\n\n~x~ b\n:-- ---\nc ^ d"],
	])("stands %s", (_, text, marked) => {
		expect(at(text)).toBe(marked);
	});

	it("waits for a place while the answer grows, and stands at its end when there is none", () => {
		expect(at("two hi|g", true)).toBe("two hig");
		expect(at("two `co|de", true)).not.toContain("^`");
		expect(at("-|\n")).toBe("-\n\n\n^");
	});

	it("adds marks and spaces and changes nothing else, whatever the text", () => {
		const words = fc.constantFrom(
			"a",
			" ",
			"\n",
			"\n\n",
			"`",
			"```",
			"[",
			"](",
			")",
			"$",
			"**",
			"- ",
			"\\(",
			"é🙂",
		);
		const texts = fc.array(words, { maxLength: 40 }).map((parts) => parts.join(""));
		fc.assert(
			fc.property(texts, fc.nat({ max: 60 }), fc.boolean(), (text, atCharacter, isGrowing) => {
				const marked = markSwitches(text, [{ modelId: "b", atCharacter }], isGrowing);
				expect(marked.replaceAll(mark, "").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
				expect(marked.split(mark).length).toBeLessThanOrEqual(2);
				if (!isGrowing) expect(marked).toContain(mark);
			}),
		);
	});

	it("cannot be faked by an answer", () => {
		expect(markSwitches(`a ${mark} b c`, [{ modelId: "b", atCharacter: 7 }], false)).toBe(
			`a \ufffd\ufffd b ${mark} c`,
		);
	});

	it("becomes an element between the words, but not within code", () => {
		const text = (value: string): TreeNode => ({ type: "text", value });
		const tree: TreeNode = {
			type: "root",
			children: [
				{ type: "element", tagName: "p", children: [text(`one ${mark} two`)] },
				{ type: "element", tagName: "pre", children: [text(`${mark}let b;`)] },
			],
		};
		createSwitchMarks()()(tree);
		const modelSwitch = { type: "element", tagName: "mark", properties: { dataSwitch: "0" }, children: [] };
		expect(tree.children?.[0]?.children).toEqual([text("one"), modelSwitch, text(" two")]);
		expect(takeMarks(`let a;\n${mark}let b;`)).toEqual({
			code: "let a;\nlet b;",
			switches: [{ index: 0, line: 2 }],
		});
	});
});

describe("the modelSpans of an answer", () => {
	const modelSpan = (modelId: string, fromCharacter: number) => ({ modelId, fromCharacter });

	it("have a modelSwitch where another model goes on, not where the same one does", () => {
		const modelSpans = [modelSpan("a", 0), modelSpan("b", 3), modelSpan("b", 5), modelSpan("c", 6)];
		expect(toSwitches(modelSpans, "12345678")).toEqual([
			{ modelId: "b", atCharacter: 3 },
			{ modelId: "c", atCharacter: 6 },
		]);
		expect(toSwitches(modelSpans, "123")).toEqual([]);
	});

	it("are joined over the turns of an answer, and stay the same list when nothing is new", () => {
		const before = [modelSpan("a", 0), modelSpan("b", 3)];
		expect(joinModelSpans(before, [])).toBe(before);
		expect(joinModelSpans(before, [modelSpan("b", 3)])).toBe(before);
		expect(joinModelSpans(before, [modelSpan("c", 9)])).toEqual([...before, modelSpan("c", 9)]);
	});
});
