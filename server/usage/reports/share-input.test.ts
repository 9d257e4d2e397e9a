import { expect, it } from "vitest";
import { toCostLines } from "../prices/cost.ts";
import { shareInput } from "./share-input.ts";

const prices = {
	inputUsdPerMTok: "3",
	cachedInputUsdPerMTok: "0.3",
	cacheWriteUsdPerMTok: "3.75",
	cacheWrite1hUsdPerMTok: "6",
	outputUsdPerMTok: "15",
	reasoningUsdPerMTok: null,
	longContext: null,
};
const usage = {
	inputTokens: 1_000,
	cachedInputTokens: 400,
	cacheWriteTokens: 250,
	cacheWrite1hTokens: 0,
	outputTokens: 7,
	reasoningTokens: 0,
};
const outputFemtoUsd = toCostLines(
	{ ...usage, inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0 },
	prices,
)
	.map(({ costFemtoUsd }) => costFemtoUsd)
	.reduce((sum, cost) => sum + cost, 0n);

it("marks the beginning as cached, then what was written, each at its price", () => {
	expect(shareInput([30, 30, 40], usage, prices)).toEqual([
		{ tokens: 300, cachedTokens: 300, writtenTokens: 0, costFemtoUsd: 300n * 300_000_000n },
		{
			tokens: 300,
			cachedTokens: 100,
			writtenTokens: 200,
			costFemtoUsd: 100n * 300_000_000n + 200n * 3_750_000_000n,
		},
		{
			tokens: 400,
			cachedTokens: 0,
			writtenTokens: 50,
			costFemtoUsd: 50n * 3_750_000_000n + 350n * 3_000_000_000n,
		},
	]);
});

it("adds up to the input of the call, in tokens and in money, whatever the estimates are", () => {
	const whole = toCostLines(usage, prices).reduce((sum, { costFemtoUsd }) => sum + costFemtoUsd, 0n);
	for (const estimates of [[1], [1, 1, 1], [7, 0, 13, 900_000], [1, 2, 3, 4, 5, 6, 7]]) {
		const shares = shareInput(estimates, usage, prices);
		expect(shares.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(usage.inputTokens);
		expect(shares.reduce((sum, { costFemtoUsd }) => sum + (costFemtoUsd ?? 0n), 0n)).toBe(
			whole - outputFemtoUsd,
		);
	}
});

it("keeps the estimates of a call that was billed for nothing, and has no cost without a price", () => {
	expect(shareInput([5], { ...usage, inputTokens: 0 }, prices)).toMatchObject([
		{ tokens: 5, costFemtoUsd: 0n },
	]);
	expect(shareInput([5], usage, null)).toMatchObject([{ tokens: 1_000, costFemtoUsd: null }]);
});
