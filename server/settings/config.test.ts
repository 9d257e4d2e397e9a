import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "./config.ts";

const example = {
	providers: [
		{ id: "sim", kind: "openai-compatible", baseUrl: "http://127.0.0.1:4100/v1", apiKeyEnv: "SIM_KEY" },
	],
	models: [
		{
			id: "small",
			provider: "sim",
			providerModelId: "sim-small",
			tier: "small",
			contextWindow: 128000,
			maxOutputTokens: 4096,
			prices: { inputUsdPerMTok: "0.15", cachedInputUsdPerMTok: "0.075", outputUsdPerMTok: "0.60" },
		},
	],
};
const [provider] = example.providers;
const [model] = example.models;
const noKeys = () => null;
const parse = (value: unknown) => parseConfig(JSON.stringify(value), noKeys);

describe("parseConfig", () => {
	it("reads the documented example and finds its key", () => {
		const { config, mistakes } = parseConfig(JSON.stringify(example), (name) =>
			name === "SIM_KEY" ? "k" : null,
		);
		expect(mistakes).toEqual([]);
		expect(config.providers).toEqual([{ ...provider, apiKey: "k" }]);
		expect(config.models).toEqual(example.models);
	});

	it("reads a price for every class of tokens", () => {
		const prices = {
			inputUsdPerMTok: "3",
			cachedInputUsdPerMTok: "0.3",
			cacheWriteUsdPerMTok: "3.75",
			cacheWrite1hUsdPerMTok: "6",
			outputUsdPerMTok: "15",
			reasoningUsdPerMTok: "16",
		};
		const { config, mistakes } = parse({ ...example, models: [{ ...model, prices }] });
		expect(mistakes).toEqual([]);
		expect(config.models[0]?.prices).toEqual(prices);
	});

	it("reads what a model is able to do beside text", () => {
		const abilities = ["images", "files", "tools"];
		const { config, mistakes } = parse({ ...example, models: [{ ...model, abilities }] });
		expect(mistakes).toEqual([]);
		expect(config.models[0]?.abilities).toEqual(abilities);
	});

	it("reads the limits of a provider and of a model", () => {
		const limits = { requestsPerMinute: 500, tokensPerMinute: 200_000, concurrency: 8 };
		const { config, mistakes } = parse({
			providers: [{ ...provider, limits }],
			models: [{ ...model, limits: { concurrency: 1 } }],
		});
		expect(mistakes).toEqual([]);
		expect(config.providers[0]?.limits).toEqual(limits);
		expect(config.models[0]?.limits).toEqual({ concurrency: 1 });
	});

	it("passes a provider's model id through unchanged, whatever characters it holds", () => {
		const letters = fc.string({ minLength: 1, maxLength: 200, unit: "binary" });
		fc.assert(
			fc.property(letters, (providerModelId) => {
				const { config } = parse({ ...example, models: [{ ...model, providerModelId }] });
				expect(config.models[0]?.providerModelId).toBe(providerModelId);
			}),
		);
	});

	it.each([
		[
			"a wrong tier",
			{ models: [{ ...model, tier: "tiny" }] },
			"models[0].tier: must be one of small, medium, large",
		],
		[
			"an ability that is none",
			{ models: [{ ...model, abilities: ["images", "vision"] }] },
			"models[0].abilities[1]: must be one of images, files, tools",
		],
		[
			"a price as a number",
			{ models: [{ ...model, prices: { inputUsdPerMTok: 0.1, outputUsdPerMTok: "1" } }] },
			'models[0].prices.inputUsdPerMTok: must be a decimal number in quotes, such as "0.15"',
		],
		[
			"a negative price",
			{ models: [{ ...model, prices: { inputUsdPerMTok: "-1", outputUsdPerMTok: "1" } }] },
			'models[0].prices.inputUsdPerMTok: must be a decimal number of US dollars per million tokens, such as "0.15"',
		],
		[
			"a missing field",
			{ models: [{ ...model, contextWindow: undefined }] },
			"models[0].contextWindow: is missing",
		],
		[
			"a fraction of a token",
			{ models: [{ ...model, contextWindow: 1.5 }] },
			"models[0].contextWindow: must be a whole number of tokens",
		],
		["a list that is none", { models: {} }, "models: must be an array"],
		["a field with a typing mistake", { provders: [] }, 'has no field "provders"'],
		[
			"more output than window",
			{ models: [{ ...model, maxOutputTokens: 200_000 }] },
			"models[0].maxOutputTokens: must not exceed contextWindow",
		],
		[
			"a fallback to itself",
			{ models: [{ ...model, fallbacks: ["small"] }] },
			"models[0].fallbacks: names the model itself",
		],
		[
			"the same fallback again",
			{ models: [{ ...model, fallbacks: ["other", "other"] }] },
			"models[0].fallbacks: names a model twice",
		],
		[
			"an unknown provider",
			{ models: [{ ...model, provider: "other" }], providers: [] },
			"models[0].provider: no such provider. Known: openai, anthropic, google, ollama",
		],
		[
			"a limit of zero",
			{ models: [{ ...model, limits: { requestsPerMinute: 0 } }] },
			"models[0].limits.requestsPerMinute: must be at least 1",
		],
		[
			"a negative limit",
			{ providers: [{ ...provider, limits: { tokensPerMinute: -5 } }] },
			"providers[0].limits.tokensPerMinute: must be at least 1",
		],
		[
			"a limit in words",
			{ models: [{ ...model, limits: { concurrency: "4" } }] },
			"models[0].limits.concurrency: must be a whole number",
		],
		[
			"a limit that is no whole number",
			{ models: [{ ...model, limits: { concurrency: 0.5 } }] },
			"models[0].limits.concurrency: must be a whole number",
		],
		[
			"an unknown limit",
			{ models: [{ ...model, limits: { concurrency: 5, requestsPerDay: 5 } }] },
			'models[0].limits: has no field "requestsPerDay"',
		],
		[
			"limits that limit nothing",
			{ models: [{ ...model, limits: {} }] },
			"models[0].limits: must name requestsPerMinute, tokensPerMinute or concurrency",
		],
		["an id used twice", { models: [model, model] }, "models[1].id: is used twice"],
		[
			"no address",
			{ providers: [{ ...provider, baseUrl: undefined }] },
			'providers[0].baseUrl: is required for kind "openai-compatible"',
		],
		[
			"a key in the wrong place",
			{ providers: [{ ...provider, apiKeyEnv: "sk-hidden" }] },
			"providers[0].apiKeyEnv: must be the name of an environment variable, never the key itself",
		],
		[
			"a key that is not set",
			{ providers: [{ id: "x", kind: "anthropic", apiKeyEnv: "X_KEY" }], models: [] },
			"providers[0].apiKeyEnv: the environment variable X_KEY is not set",
		],
	])("names the place of %s", (_, change, mistake) => {
		expect(parse({ ...example, ...change }).mistakes).toEqual([mistake]);
	});

	it("says where the JSON breaks without quoting it", () => {
		const { mistakes } = parseConfig('{\n  "providers": sk-hidden\n}', noKeys);
		expect(mistakes[0]).toMatch(/^is not valid JSON/);
		expect(mistakes[0]).not.toContain("hidden");
	});

	it("reports what entries have wrong together also while another one cannot be read", () => {
		const provider = { id: "one", kind: "openai-compatible" };
		const usual = { tier: "small", contextWindow: 100, maxOutputTokens: 200, providerModelId: "x" };
		const models = [
			{ ...usual, id: "a", provider: "one" },
			{ ...usual, id: "b", provider: "broken", maxOutputTokens: 50 },
			{ ...usual, id: "c", provider: "none", tier: "tiny" },
		];
		const text = JSON.stringify({ providers: [provider, { id: "broken", kind: "other" }], models });
		expect(parseConfig(text, () => null).mistakes).toEqual([
			expect.stringMatching(/^providers\[1\]\.kind: must be one of openai-compatible, /),
			"models[2].tier: must be one of small, medium, large",
			'providers[0].baseUrl: is required for kind "openai-compatible"',
			"models[0].maxOutputTokens: must not exceed contextWindow",
		]);
	});
});
