import { expect, it } from "vitest";
import { parseAnswer } from "./parse-answer";
import { toOutline } from "./testing/outline";

const line = (text: string) => toOutline(parseAnswer({ text, isGrowing: false, switches: [] })).join("\n");

it.each([
	["> [!NOTE]\n> Save **first**.", "<note><p>Save <strong>first</strong>.</p></note>"],
	["> [!warning]  \n> **Careful.**", "<warning><p><strong>Careful.</strong></p></warning>"],
	["> [!TIP]\n>\n> - one\n> - two", "<tip><ul><li><p>one</p></li><li><p>two</p></li></ul></tip>"],
	["> [!CAUTION]", "<caution></caution>"],
	["> [!NOTE] in a sentence", "<quote><p>[!NOTE] in a sentence</p></quote>"],
	["> [!OTHER]\n> words", "<quote><p>[!OTHER]\nwords</p></quote>"],
	["[!NOTE]\nno quote", "<p>[!NOTE]\nno quote</p>"],
	["> [!NOTE]\n> שלום", "<note rtl><p>שלום</p></note>"],
])("%j is a callout when its first line is a mark that GitHub knows", (text, shown) =>
	expect(line(text)).toBe(shown),
);

it("keeps the place at which another model went on", () => {
	const text = "> [!NOTE]\n> one two three";
	const blocks = parseAnswer({ text, isGrowing: false, switches: [{ index: 0, at: text.indexOf("two") }] });
	expect(toOutline(blocks)).toEqual(["<note><p>one<switch 0>two three</p></note>"]);
});

it("of two definitions with one name the first counts, as in CommonMark", () => {
	expect(line("[a][x]\n\n[x]: https://first.example/\n[x]: https://second.example/")).toBe(
		"<p><a https://first.example/>a</a></p>",
	);
});
