import { afterAll, describe, expect, it } from "vitest";
import { createLocalEmbedder } from "./local-embedder.ts";

const embedder = createLocalEmbedder();
afterAll(() => embedder?.close());

async function embed(...texts: string[]): Promise<readonly Float32Array[]> {
	if (!embedder) throw new Error("The model is not installed.");
	return await embedder.embed(texts);
}

const toCosine = (a: Float32Array, b: Float32Array) =>
	a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

describe.runIf(embedder)("the model that ships with the packages", () => {
	it("gives texts of like meaning vectors of like direction, in the order of the texts", async () => {
		const [boat, ship, tax] = await embed(
			"When does the boat leave the harbour?",
			"At what time will the ship sail?",
			"The tax office wants the form by Friday.",
		);
		if (!boat || !ship || !tax) throw new Error("Each text has a vector.");
		expect(toCosine(boat, boat)).toBeCloseTo(1, 3);
		expect(toCosine(boat, ship)).toBeGreaterThan(toCosine(boat, tax) + 0.1);
	});

	it("leaves the server's thread free while it works", async () => {
		const texts = Array.from(
			{ length: 8 },
			(_, at) => `Berth ${at}: ${"the boats come in one by one. ".repeat(15)}`,
		);
		let ticks = 0;
		const timer = setInterval(() => ticks++, 1);
		await embed(...texts);
		clearInterval(timer);
		expect(ticks).toBeGreaterThan(3);
	});

	it("answers all that was asked at once, and works again after it was ended", async () => {
		const both = await Promise.all([embed("one"), embed("two", "three")]);
		expect(both.map((vectors) => vectors.length)).toEqual([1, 2]);
		const asked = embed("four");
		const refused = expect(asked).rejects.toThrow();
		await embedder?.close();
		await refused;
		expect(await embed("five")).toHaveLength(1);
	});

	it("lets go of who asked when the work is given up", async () => {
		const end = new AbortController();
		const refused = expect(embedder?.embed(["six"], end.signal)).rejects.toThrow("enough");
		end.abort(new Error("enough"));
		await refused;
	});
});
