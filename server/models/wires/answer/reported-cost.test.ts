import { describe, expect, it } from "vitest";
import { toReportedCost } from "./reported-cost.ts";

describe("a provider's own cost", () => {
	it.each<[what: string, usage: unknown, nanoUsd: bigint | null]>([
		["OpenRouter's", { cost: 0.00012345 }, 123_450n],
		[
			"OpenRouter's with a key of one's own",
			{ cost: 0.01, is_byok: true, cost_details: { upstream_inference_cost: 0.2 } },
			210_000_000n,
		],
		[
			"OpenRouter's own price of what it bought",
			{ cost: 0.3, cost_details: { upstream_inference_cost: 0.2 } },
			300_000_000n,
		],
		["nothing", { cost: 0 }, 0n],
		["Perplexity's", { cost: { total_cost: 0.006 } }, 6_000_000n],
		["xAI's", { cost_in_usd_ticks: 15_000_000 }, 1_500_000n],
		["negative", { cost: -1 }, null],
		["a word", { cost: "0.1" }, null],
		["absurd", { cost: 1e12 }, null],
		["absent", { prompt_tokens: 1 }, null],
		["no report", null, null],
	])("%s", (_, usage, nanoUsd) => expect(toReportedCost(usage)).toBe(nanoUsd));
});
