import { expect, it } from "vitest";
import { createEntries } from "./entries.ts";
import { createModel } from "./model/model.ts";
import weights from "./model/weights.json" with { type: "json" };

const model = createModel(weights);

const toVector = (...values: number[]) => Float32Array.from({ length: 8 }, (_, at) => values[at] ?? 0);

it("an empty scope finds nothing, and the same words are found without a vector", () => {
	const entries = createEntries(model);
	expect(entries.find("What is the capital of Kenya?", null)).toBeNull();
	entries.add("kenya", "What is the capital of Kenya?", null);
	expect(entries.find("what's the capital of kenya", null)).toMatchObject({
		id: "kenya",
		decision: { zone: "serve" },
	});
	expect(entries.find("What is the capital of Chad?", null)).toBeNull();
});

it("of the nearest entries the first that all guards let through is served", () => {
	const entries = createEntries(model);
	for (let at = 0; at < 400; at++)
		entries.add(`other ${at}`, `What is the length of river ${at}?`, toVector(0, 1, at / 400));
	entries.add("two", "How do I carry 2 boats up a hill?", toVector(1, 0.01));
	entries.add("three", "How do I carry 3 boats up a hill?", toVector(1, 0.1));
	const vector = toVector(1);
	expect(entries.find("How do I carry the 3 boats up the hill?", vector)).toMatchObject({ id: "three" });
	expect(entries.find("How do I carry 4 boats up a hill?", vector)).toBeNull();
});

it("vectors of two lengths are never compared", () => {
	const entries = createEntries(model);
	entries.add("one", "What is a red kite?", toVector(1));
	expect(entries.find("What are red kites?", Float32Array.from([1, 0]))).toBeNull();
	expect(() => entries.add("two", "What is a kite?", Float32Array.from([1, 0]))).toThrow(
		"2 numbers among those of 8",
	);
});
