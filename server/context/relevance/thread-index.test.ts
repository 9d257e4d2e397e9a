import fc from "fast-check";
import { expect, it } from "vitest";
import { ThreadIndex } from "./thread-index.ts";

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
