import { expect, it } from "vitest";
import { withoutDirectives } from "./draw-diagram";

const graph = "graph TD\n  A --> B";
const front = "---\nconfig:\n  themeCSS: '@import url(//x.example)'\n---\n";
const directive = '%%{init: {"themeCSS": "@import url(//x.example)"}}%%';

it.each([
	["front matter", `${front}${graph}`],
	["two front matters", `${front}${front}${graph}`],
	["a directive", `${directive}\n${graph}`],
	["front matter behind a directive", `${directive}${front}${graph}`],
	["a directive that hides front matter's first mark", `-${directive}--\nconfig: {}\n---\n${graph}`],
	["a directive within a directive's mark", `%${directive}%{init: {}}%%\n${graph}`],
	["a directive without an end", `${graph}\n${directive.slice(0, -3)}`],
	["many of both", `${(front + directive).repeat(40)}${graph}`],
])("%s cannot configure a diagram", (_, code) => expect(withoutDirectives(code).trim()).toBe(graph));

it("keeps comments and the lines of a diagram", () => {
	const code = "sequenceDiagram\n  %% a comment\n  A->>B: --- three\n  Note over A: 50%";
	expect(withoutDirectives(code)).toBe(code);
});
