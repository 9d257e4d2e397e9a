import fc from "fast-check";
import { expect, it } from "vitest";
import { ThreadIndex, withThreadIndex } from "./thread-index.ts";

const words = ["tide", "lamp", "river", "copper", "garden", "engine"];
const anyText = fc.array(fc.constantFrom(...words), { maxLength: 5 }).map((each) => each.join(" "));
const anyThread = fc.array(anyText, { maxLength: 50 });

function score({ messages, stretches }: ThreadIndex) {
	const question = new Map(words.map((word, at) => [word, at + 1]));
	const scores = [new Float64Array(messages.size), new Float64Array(stretches.size)] as const;
	messages.score(question, scores[0]);
	stretches.score(question, scores[1]);
	return scores;
}

it("a conversation that went on, or went on differently, has the index that it has when it is read for the first time", async () => {
	await fc.assert(
		fc.asyncProperty(anyThread, anyThread, fc.nat(50), async (before, added, kept) => {
			const [used, fresh] = [new ThreadIndex(), new ThreadIndex()];
			const after = [...before.slice(0, kept), ...added];
			await used.read(before);
			await used.read(after);
			await fresh.read(after);
			expect(score(used)).toEqual(score(fresh));
		}),
	);
});

it("a conversation whose beginning is no longer read has the index that it has when it is read for the first time", async () => {
	await fc.assert(
		fc.asyncProperty(anyThread, anyThread, fc.nat(50), async (before, added, left) => {
			const [used, fresh] = [new ThreadIndex(), new ThreadIndex()];
			const after = [...before, ...added].slice(left);
			await used.read(before);
			await used.read(after);
			await fresh.read(after);
			expect(score(used)).toEqual(score(fresh));
		}),
	);
});

it("a conversation that loses its beginning is found again, and only what is new is read", async () => {
	const texts = Array.from(
		{ length: 200 },
		(_, at) => `message ${at} of a long talk about boats and their harbours`,
	);
	const seen = new Set<ThreadIndex>();
	for (let turn = 0; turn < 5; turn++)
		await withThreadIndex(texts.slice(turn * 3, 150 + turn * 2), (index) => void seen.add(index));
	expect(seen.size).toBe(1);
});
