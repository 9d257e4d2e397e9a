import { describe, expect, it } from "vitest";
import type { TokenUsage } from "../../../contract/turn.ts";
import { UsageReport, type UsageRules } from "./usage-report.ts";

const anthropic: UsageRules = { inputIncludesCache: false, outputIncludesReasoning: true };
const google: UsageRules = { inputIncludesCache: true, outputIncludesReasoning: false, omitsZero: true };

function read(reports: readonly unknown[], rules?: UsageRules) {
	const usage = new UsageReport(rules);
	for (const report of reports) usage.add(report);
	return usage.toUsage();
}

type Counts = [
	input: number,
	cached: number,
	written: number,
	written1h: number,
	output: number,
	reasoning: number,
];
const toCounts = (usage: TokenUsage | null): Counts | null =>
	usage && [
		...([usage.inputTokens, usage.cachedInputTokens, usage.cacheWriteTokens] as const),
		...([usage.cacheWrite1hTokens, usage.outputTokens, usage.reasoningTokens] as const),
	];

const openAi = { prompt_tokens: 90, completion_tokens: 20, total_tokens: 110 };

describe("which counts include which", () => {
	it.each<[provider: string, report: object, counts: Counts, rules?: UsageRules]>([
		[
			"OpenAI: input includes what is cached and written, output the reasoning",
			{
				...openAi,
				prompt_tokens_details: { cached_tokens: 50, cache_write_tokens: 10, audio_tokens: 0 },
				completion_tokens_details: { reasoning_tokens: 12, accepted_prediction_tokens: 0 },
			},
			[90, 50, 10, 0, 20, 12],
		],
		[
			"OpenAI's responses: the same under other names",
			{
				input_tokens: 90,
				output_tokens: 20,
				total_tokens: 110,
				input_tokens_details: { cached_tokens: 50 },
				output_tokens_details: { reasoning_tokens: 12 },
			},
			[90, 50, 0, 0, 20, 12],
		],
		[
			"Anthropic: input is beside what is cached and written",
			{ input_tokens: 30, cache_read_input_tokens: 50, cache_creation_input_tokens: 10, output_tokens: 20 },
			[90, 50, 10, 0, 20, 0],
			anthropic,
		],
		[
			"Anthropic: writes of two lifetimes are parts of the writes",
			{
				input_tokens: 30,
				cache_read_input_tokens: 0,
				cache_creation_input_tokens: 60,
				output_tokens: 20,
				cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 40 },
			},
			[90, 0, 20, 40, 20, 0],
			anthropic,
		],
		[
			"Google: the prompt includes what is cached, thoughts and tools are beside the candidates and the prompt",
			{
				promptTokenCount: 90,
				cachedContentTokenCount: 50,
				candidatesTokenCount: 8,
				thoughtsTokenCount: 12,
				toolUsePromptTokenCount: 5,
				totalTokenCount: 115,
				promptTokensDetails: [{ modality: "TEXT", tokenCount: 90 }],
			},
			[95, 50, 0, 0, 20, 12],
			google,
		],
		[
			"Google: counts of 0 are left out",
			{ promptTokenCount: 90, totalTokenCount: 90 },
			[90, 0, 0, 0, 0, 0],
			google,
		],
		[
			"Google's OpenAI wire: thoughts are only in the total",
			{ ...openAi, total_tokens: 150 },
			[90, 0, 0, 0, 60, 0],
		],
		[
			"DeepSeek",
			{ ...openAi, prompt_cache_hit_tokens: 50, prompt_cache_miss_tokens: 40 },
			[90, 50, 0, 0, 20, 0],
		],
		["Moonshot", { ...openAi, cached_tokens: 50 }, [90, 50, 0, 0, 20, 0]],
		[
			"OpenRouter",
			{ ...openAi, cost: 0.1, prompt_tokens_details: { cached_tokens: 50, cache_write_tokens: 10 } },
			[90, 50, 10, 0, 20, 0],
		],
		[
			"LiteLLM before Anthropic: input includes",
			{ ...openAi, cache_read_input_tokens: 50, cache_creation_input_tokens: 10 },
			[90, 50, 10, 0, 20, 0],
		],
		[
			"Anthropic's names passed through an OpenAI wire: input is beside",
			{ input_tokens: 30, output_tokens: 20, cache_read_input_tokens: 50, cache_creation_input_tokens: 10 },
			[90, 50, 10, 0, 20, 0],
		],
		[
			"a gateway that adds nothing up: only the total shows that input is beside",
			{ prompt_tokens: 30, completion_tokens: 20, cached_tokens: 60, total_tokens: 110 },
			[90, 60, 0, 0, 20, 0],
		],
		[
			"Bedrock",
			{
				inputTokens: 30,
				outputTokens: 20,
				totalTokens: 110,
				cacheReadInputTokens: 50,
				cacheWriteInputTokens: 10,
			},
			[90, 50, 10, 0, 20, 0],
		],
		[
			"xAI: reasoning is beside the completion",
			{
				prompt_tokens: 90,
				completion_tokens: 8,
				total_tokens: 110,
				completion_tokens_details: { reasoning_tokens: 12 },
			},
			[90, 0, 0, 0, 20, 12],
		],
		[
			"more reasoning than completion is beside it",
			{ prompt_tokens: 90, completion_tokens: 8, reasoning_tokens: 12 },
			[90, 0, 0, 0, 20, 12],
		],
		[
			"two spellings, one of them zero",
			{ ...openAi, input_tokens: 0, output_tokens: 0 },
			[90, 0, 0, 0, 20, 0],
		],
		["names in capitals", { PromptTokens: 90, CompletionTokens: 20 }, [90, 0, 0, 0, 20, 0]],
	])("%s", (_, report, counts, rules) => {
		expect(toCounts(read([report], rules))).toEqual(counts);
	});
});

describe("what does not fit together", () => {
	it.each<[what: string, report: object, counts: Counts | null]>([
		["more cached than input", { ...openAi, cached_tokens: 95 }, [90, 90, 0, 0, 20, 0]],
		[
			"more cached and written than input",
			{ ...openAi, cached_tokens: 60, cache_write_tokens: 60 },
			[90, 60, 30, 0, 20, 0],
		],
		[
			"more of one lifetime than written",
			{ ...openAi, cache_write_tokens: 10, cache_creation: { ephemeral_1h_input_tokens: 95 } },
			[90, 0, 0, 90, 20, 0],
		],
		[
			"more read by Anthropic's name than input",
			{ prompt_tokens: 30, completion_tokens: 20, cache_read_input_tokens: 50 },
			[80, 50, 0, 0, 20, 0],
		],
		["a total smaller than its parts", { ...openAi, total_tokens: 3 }, [90, 0, 0, 0, 20, 0]],
		[
			"negative, broken and absurd parts",
			{ ...openAi, cached_tokens: -1, reasoning_tokens: 1e15 },
			[90, 0, 0, 0, 20, 0],
		],
		["counts as words", { prompt_tokens: "90", completion_tokens: "20" }, null],
		[
			"a sum past what can be stored",
			{ ...openAi, total_tokens: 2_147_483_647, reasoning_tokens: 2_147_483_647 },
			null,
		],
	])("%s is made so, or not believed", (_, report, counts) => {
		expect(toCounts(read([report]))).toEqual(counts);
	});

	it("is never negative, and no part is larger than its whole", () => {
		const names = ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens"];
		const more = ["cache_creation_input_tokens", "cache_read_input_tokens", "ephemeral_1h_input_tokens"];
		for (let seed = 0; seed < 3_000; seed += 1) {
			const report = Object.fromEntries(
				[...names, ...more].map((name, at) => [name, (seed * (at * 7 + 3)) % 11]),
			);
			const usage = read([report]);
			if (!usage) throw new Error("A whole report is a usage.");
			const { inputTokens, cachedInputTokens, cacheWriteTokens, cacheWrite1hTokens } = usage;
			for (const count of toCounts(usage) ?? []) expect(count).toBeGreaterThanOrEqual(0);
			expect(cachedInputTokens + cacheWriteTokens + cacheWrite1hTokens).toBeLessThanOrEqual(inputTokens);
			expect(usage.reasoningTokens).toBeLessThanOrEqual(usage.outputTokens);
		}
	});
});

describe("several reports of one call", () => {
	it.each<[what: string, reports: unknown[], counts: Counts]>([
		[
			"that grow",
			[
				{ prompt_tokens: 90, completion_tokens: 1 },
				{ prompt_tokens: 90, completion_tokens: 20 },
			],
			[90, 0, 0, 0, 20, 0],
		],
		[
			"input first, output later",
			[{ input_tokens: 90, output_tokens: 1 }, { output_tokens: 20 }],
			[90, 0, 0, 0, 20, 0],
		],
		[
			"zeros behind the counts",
			[openAi, { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }],
			[90, 0, 0, 0, 20, 0],
		],
		["nothing behind the counts", [openAi, null, {}, [], "x"], [90, 0, 0, 0, 20, 0]],
	])("%s", (_, reports, counts) => {
		expect(toCounts(read(reports))).toEqual(counts);
	});
});
