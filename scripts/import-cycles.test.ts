import { describe, expect, it } from "vitest";
import { findCycles } from "./import-cycles.ts";

const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

describe("findCycles", () => {
	it("finds nothing where files are shared, but none leads back to itself", () => {
		expect(findCycles(graph({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }))).toEqual([]);
	});

	it("names each circle once, wherever it is entered, and no file that loads itself", () => {
		const edges = { main: ["c", "x"], a: ["b"], b: ["c"], c: ["a"], x: ["y"], y: ["x"], self: ["self"] };
		expect(findCycles(graph(edges))).toEqual([
			["a", "b", "c"],
			["x", "y"],
		]);
	});

	it("ignores imports of files that it does not know, such as packages", () => {
		expect(findCycles(graph({ a: ["react"] }))).toEqual([]);
	});
});
