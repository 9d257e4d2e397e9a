import { expect, it } from "vitest";
import { adversarial, type Pair } from "./cases/adversarial.ts";
import { harmless } from "./cases/harmless.ts";
import { otherLanguages } from "./cases/other-languages.ts";
import { decide } from "./decide.ts";
import { allGuards } from "./guards/all-guards.ts";
import { type Guard, guardNames } from "./guards/guard.ts";
import { createModel } from "./model/model.ts";
import weights from "./model/weights.json" with { type: "json" };
import { readQuestion } from "./read/question.ts";

const model = createModel(weights);

/** As near as two vectors come: the guards alone have to see the difference. */
const cosine = 0.999;
const decidePair = ({ stored, asked }: Pair, guards?: readonly Guard[]) =>
	decide(readQuestion(stored), readQuestion(asked), cosine, model, guards);
const isGuard = (reason: string): boolean => guardNames.some((name) => name === reason);

it("there are at least 500 pairs with two answers, of every guard at least 40, all of them different", () => {
	const all = Object.values(adversarial).flat();
	expect(new Set(all.map(({ stored, asked }) => `${stored} | ${asked}`)).size).toBe(all.length);
	expect(all.length).toBeGreaterThanOrEqual(500);
	for (const name of guardNames) expect(adversarial[name].length, name).toBeGreaterThanOrEqual(40);
});

it.each(guardNames)("of pairs that differ in %s, none is served or grey, in either order", (name) => {
	const both = adversarial[name].flatMap(({ stored, asked }) => [
		{ stored, asked },
		{ stored: asked, asked: stored },
	]);
	expect(both.filter((pair) => !isGuard(decidePair(pair).reason))).toEqual([]);
	expect(both.filter((pair) => decidePair(pair).zone !== "miss")).toEqual([]);
});

it.each(["German", "Japanese", "Arabic", "mixed"] as const)(
	"%s pairs are never served by meaning, and the same text is served",
	(language) => {
		const pairs = otherLanguages[language];
		expect(pairs.length).toBeGreaterThanOrEqual(20);
		expect(pairs.filter((pair) => decidePair(pair).zone !== "miss")).toEqual([]);
		for (const { stored } of pairs)
			expect(decidePair({ stored, asked: ` ${stored.replaceAll(" ", "  ")}` }).zone).toBe("serve");
	},
);

it("of at least 200 harmless changes, 99 % are served, without a vector, too", () => {
	expect(harmless.length).toBeGreaterThanOrEqual(200);
	const missed = harmless.filter(
		({ stored, asked }) => decide(readQuestion(stored), readQuestion(asked), null, model).zone !== "serve",
	);
	expect(missed.length, JSON.stringify(missed, null, 1)).toBeLessThanOrEqual(0.01 * harmless.length);
});

it.each(guardNames)("without the guard of %s, pairs pass that no other guard sees", (name) => {
	const blind = allGuards.map((guard): Guard => (guard.name === name ? { name, agrees: () => true } : guard));
	expect(adversarial[name].some((pair) => !isGuard(decidePair(pair, blind).reason))).toBe(true);
});

const same = { stored: "What is the capital of Kenya?", asked: "What's the capital of Kenya? Thanks!" };

it.each(guardNames)("when the guard of %s is missing, fails or answers nothing, it is a miss", (name) => {
	const others = allGuards.filter((guard) => guard.name !== name);
	expect(decidePair(same).zone).toBe("serve");
	const broken: readonly (readonly Guard[])[] = [
		others,
		[
			...others,
			{
				name,
				agrees: () => {
					throw new Error("The table is not there.");
				},
			},
		],
		[...others, { name, agrees: () => undefined as unknown as boolean }],
	];
	for (const guards of broken) expect(decidePair(same, guards).zone).toBe("miss");
});

it("empty and huge texts, and a cosine that is no number, are misses", () => {
	const long = `What is ${"a long and winding road ".repeat(10_000)}?`;
	for (const pair of [
		{ stored: "", asked: "" },
		{ stored: "?", asked: "!" },
		{ stored: long, asked: `${long} Please.` },
	] satisfies Pair[])
		expect(decidePair(pair).zone).toBe("miss");
	const [stored, asked] = [readQuestion("What is a red kite?"), readQuestion("What are red kites?")];
	for (const none of [null, Number.NaN, Number.POSITIVE_INFINITY])
		expect(decide(stored, asked, none, model).zone).toBe("miss");
});
