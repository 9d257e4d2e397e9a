import fc from "fast-check";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { expect, it } from "vitest";
import { createSpans } from "./span-syntax";

/** A tree without its places. */
function toShape(node: Nodes): unknown {
	const children = "children" in node ? node.children.map(toShape) : [];
	return "value" in node ? node.value : [node.type, ...children];
}

// Runs of one length in a text: micromark counts what is left of a longer one where the specification counts all of it.
it.each([
	["single", ["*", "_"], /\*{2}|_{2}/],
	["double", ["**", "__"], /\*{3}|_{3}/],
])("reads %s marks between Latin words as the parser's own procedure does", (_name, marks, longer) => {
	const text = fc
		.array(fc.constantFrom(...marks, "a", "b ", " c", ".", " "), { minLength: 1, maxLength: 14 })
		.map((parts) => `x${parts.join("")}x`)
		.filter((source) => !longer.test(source));
	fc.assert(
		fc.property(text, (source) => {
			const own = fromMarkdown(source, { extensions: [createSpans()] });
			expect(toShape(own)).toEqual(toShape(fromMarkdown(source)));
		}),
		{ numRuns: 2_000 },
	);
});
