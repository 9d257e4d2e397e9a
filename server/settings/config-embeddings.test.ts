import { describe, expect, it } from "vitest";
import { parseConfig } from "./config.ts";
import { parseSettings, SettingsError } from "./env.ts";

const meaning = { id: "meaning", provider: "openai", providerModelId: "text-embedding-3-small" };
const parse = (embeddings: unknown[], providers: unknown[] = []) =>
	parseConfig(JSON.stringify({ providers, embeddings }), () => "key");

describe("the embedding models of the file", () => {
	it("need a provider and a name, and have usual values for the rest", () => {
		const { config, mistakes } = parse([{ ...meaning, prices: { inputUsdPerMTok: "0.02" } }]);
		expect(mistakes).toEqual([]);
		expect(config.embeddings).toEqual([
			{
				...meaning,
				contextWindow: 2_048,
				textsPerCall: 48,
				languages: "all",
				prices: { inputUsdPerMTok: "0.02" },
			},
		]);
	});

	it.each([
		["textsPerCall", [{ ...meaning, textsPerCall: 51 }], "embeddings[0].textsPerCall: must be 10 to 50"],
		[
			"languages",
			[{ ...meaning, languages: "French" }],
			"embeddings[0].languages: must be one of all, English",
		],
		["an id twice", [meaning, meaning], "embeddings[1].id: is used twice"],
		["a field", [{ ...meaning, dimension: 8 }], 'embeddings[0]: has no field "dimension"'],
		[
			"Anthropic",
			[{ ...meaning, provider: "anthropic" }],
			"embeddings[0].provider: Anthropic has no embedding models",
		],
	])("name what is wrong: %s", (_, embeddings, mistake) => {
		expect(parse(embeddings).mistakes).toContain(mistake);
	});

	it("name a provider that is not there", () => {
		expect(parse([{ ...meaning, provider: "gone" }]).mistakes[0]).toMatch(
			/^embeddings\[0\].provider: no such provider/,
		);
	});
});

describe("PARLEY_EMBEDDINGS", () => {
	const read = (value: string, env: Record<string, string> = {}) =>
		parseSettings(
			{ PARLEY_CONFIG: "models.json", PARLEY_EMBEDDINGS: value, ...env },
			{ read: () => JSON.stringify({ embeddings: [meaning] }) },
		).meaning;

	const mistakesOf = (value: string) => {
		try {
			return read(value);
		} catch (error) {
			return error instanceof SettingsError ? error.mistakes : error;
		}
	};

	it("is on, off or a model of the file", () => {
		expect(read("on")).toEqual({ model: null, isOff: false });
		expect(read("off")).toEqual({ model: null, isOff: true });
		expect(read("meaning", { OPENAI_API_KEY: "key" })).toEqual({ model: "meaning", isOff: false });
	});

	it("is refused at start with what is wrong with it", () => {
		expect(mistakesOf("maening")).toEqual([
			expect.stringMatching(/^PARLEY_EMBEDDINGS: must be on, off or the id/),
		]);
		expect(mistakesOf("meaning")).toEqual([
			"PARLEY_EMBEDDINGS: names a model of openai, whose key is not set",
		]);
	});
});
