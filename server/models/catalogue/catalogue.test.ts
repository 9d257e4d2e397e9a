import { describe, expect, it } from "vitest";
import { readBuiltInModels } from "./built-in.ts";
import { chooseDefault, toCatalogue } from "./catalogue.ts";
import { type ModelsSettings, toProviders } from "./provider-list.ts";

const builtIn = readBuiltInModels();

const noKeys = {
	openaiApiKey: null,
	openaiBaseUrl: null,
	anthropicApiKey: null,
	anthropicBaseUrl: null,
	googleApiKey: null,
	ollamaBaseUrl: null,
};

function toSettings(
	providers: Partial<ModelsSettings["providers"]>,
	rest: Partial<ModelsSettings> = {},
): ModelsSettings {
	return {
		providers: { ...noKeys, ...providers },
		config: { providers: [], models: [] },
		defaultModel: null,
		...rest,
	};
}

const configured = (id: string, provider: string) =>
	({
		id,
		provider,
		providerModelId: `${id}-v1`,
		tier: "small",
		contextWindow: 1_000,
		maxOutputTokens: 100,
		prices: null,
	}) as const;

const found = (providerId: string, providerModelId: string, contextWindow: number | null = null) => ({
	providerId,
	providerModelId,
	contextWindow,
	maxOutputTokens: null,
	abilities: null,
});

function catalogueOf(settings: ModelsSettings, discovered: ReturnType<typeof found>[] = []) {
	return toCatalogue({ settings, providers: toProviders(settings), builtIn, discovered });
}

describe("prices of cache writes", () => {
	const prices = { inputUsdPerMTok: "4", outputUsdPerMTok: "20" };
	const writesOf = (providerModelId: string, kind: "anthropic" | "openai-compatible") => {
		const settings = toSettings(
			{},
			{
				config: {
					providers: [{ id: "own", kind, baseUrl: "http://127.0.0.1:1/v1", apiKey: "k" }],
					models: [{ ...configured("m", "own"), providerModelId, prices }],
				},
			},
		);
		const model = catalogueOf(settings).find(({ id }) => id === "m");
		return [model?.prices?.cacheWriteUsdPerMTok, model?.prices?.cacheWrite1hUsdPerMTok];
	};
	it.each([
		["Anthropic's own", "opus", "anthropic", ["5", "8"]],
		["Anthropic's at a gateway", "anthropic/claude-opus-5-5", "openai-compatible", ["5", "8"]],
		["another's at a gateway", "vendor/other-model", "openai-compatible", [null, null]],
	] as const)("of a configured model without any: %s", (_, providerModelId, kind, expected) => {
		expect(writesOf(providerModelId, kind)).toEqual(expected);
	});

	it("of the shipped models: all of Anthropic's have both, for long calls as well", () => {
		const models = catalogueOf(toSettings({ anthropicApiKey: "k" }));
		const rows = models.flatMap(({ prices }) => [prices, prices?.longContext ?? []].flat());
		expect(rows.length).toBeGreaterThan(models.length);
		for (const row of rows) {
			const input = Number(row?.inputUsdPerMTok);
			expect(Number(row?.cacheWriteUsdPerMTok)).toBeCloseTo(1.25 * input, 9);
			expect(Number(row?.cacheWrite1hUsdPerMTok)).toBeCloseTo(2 * input, 9);
		}
	});
});

describe("the models that are listed", () => {
	it("are those of providers with a key, and none without any", () => {
		expect(catalogueOf(toSettings({}))).toEqual([]);
		const models = catalogueOf(toSettings({ anthropicApiKey: "k" }));
		expect(new Set(models.map((model) => model.providerId))).toEqual(new Set(["anthropic"]));
	});

	it("of an address of one's own are what that endpoint lists, with known windows and prices for known names", () => {
		const settings = toSettings({ openaiBaseUrl: "http://gateway.test/v1" });
		const models = catalogueOf(settings, [
			found("openai", "gpt-4o"),
			found("openai", "my/odd:model@1, ü"),
			found("openai", "b", 9_000),
		]);
		expect(
			models.map(({ id, contextWindow, prices }) => [id, contextWindow, prices?.inputUsdPerMTok ?? null]),
		).toEqual([
			["gpt-4o", 128_000, "2.5"],
			["my/odd:model@1, ü", 32_768, null],
			["b", 9_000, null],
		]);
		expect(models[1]).toMatchObject({
			providerModelId: "my/odd:model@1, ü",
			maxOutputTokens: 8_192,
			isTest: false,
		});
	});

	it("may be overridden by id in the config file", () => {
		const config = { providers: [], models: [{ ...configured("gpt-4o", "openai"), contextWindow: 77 }] };
		const models = catalogueOf(toSettings({ openaiApiKey: "k" }, { config }));
		expect(models.filter((model) => model.id === "gpt-4o")).toMatchObject([
			{ contextWindow: 77, providerModelId: "gpt-4o-v1" },
		]);
	});

	it("of the config file need their provider's key too", () => {
		const config = { providers: [], models: [configured("mine", "anthropic")] };
		expect(
			catalogueOf(toSettings({ openaiApiKey: "k" }, { config })).some((model) => model.id === "mine"),
		).toBe(false);
	});

	it("keep apart two providers' models of one name", () => {
		const settings = toSettings({ openaiBaseUrl: "http://gateway.test/v1" });
		const models = catalogueOf(settings, [found("openai", "llama"), found("ollama", "llama")]);
		expect(models.map((model) => model.id)).toEqual(["llama", "ollama/llama"]);
	});

	it("share their provider's limits, apart from those that have limits of their own", () => {
		const sim = {
			id: "sim",
			kind: "openai-compatible",
			baseUrl: "http://sim.test/v1",
			apiKey: null,
		} as const;
		const config = {
			providers: [{ ...sim, limits: { requestsPerMinute: 60 } }],
			models: [configured("a", "sim"), { ...configured("b", "sim"), limits: { concurrency: 2 } }],
		};
		const models = catalogueOf(toSettings({ openaiApiKey: "k" }, { config }));
		const none = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null };
		const limitsOf = (id: string) => models.find((model) => model.id === id)?.limits;
		expect(limitsOf("a")).toEqual({ ...none, deployment: "sim", requestsPerMinute: 60 });
		expect(limitsOf("b")).toEqual({ ...none, deployment: "sim/b-v1", concurrency: 2 });
		expect(limitsOf("gpt-4o")).toEqual({ ...none, deployment: "openai/gpt-4o" });
	});

	it("of Ollama get the small window that Ollama loads them with", () => {
		expect(catalogueOf(toSettings({}), [found("ollama", "llama3.2:3b")])).toMatchObject([
			{ id: "llama3.2:3b", contextWindow: 4_096, maxOutputTokens: 2_048 },
		]);
	});
});

describe("the default model", () => {
	const config = {
		providers: [{ id: "sim", kind: "openai-compatible", baseUrl: "http://sim.test/v1", apiKey: null }],
		models: [configured("first", "sim"), configured("second", "sim")],
	} as const;

	it.each([
		[
			"the one that is named",
			toSettings({ openaiApiKey: "k" }, { config, defaultModel: "second" }),
			[],
			"second",
		],
		["the config file's first", toSettings({ openaiApiKey: "k" }, { config }), [], "first"],
		[
			"the config file's first when the named one is gone",
			toSettings({}, { config, defaultModel: "gone" }),
			[],
			"first",
		],
		["Ollama's first", toSettings({}), [found("ollama", "a"), found("ollama", "b")], "a"],
		[
			"an endpoint's first",
			toSettings({ openaiBaseUrl: "http://g.test/v1" }),
			[found("openai", "x"), found("openai", "y")],
			"x",
		],
	])("is %s", (_name, settings, discovered, expected) => {
		expect(chooseDefault(catalogueOf(settings, discovered), settings)?.id).toBe(expected);
	});

	it.each(["openaiApiKey", "anthropicApiKey", "googleApiKey"] as const)(
		"with only %s is a medium one, never a preview",
		(key) => {
			const settings = toSettings({ [key]: "k" });
			const model = chooseDefault(catalogueOf(settings, [found("ollama", "a")]), settings);
			expect(model?.tier).toBe("medium");
			expect(model?.id).not.toContain("preview");
		},
	);

	it("of nothing is nothing", () => {
		expect(chooseDefault([], toSettings({}))).toBeUndefined();
	});
});

describe("providers", () => {
	const toPlaces = (settings: ModelsSettings) =>
		toProviders(settings).map(({ id, kind, baseUrl }) => [id, kind, baseUrl]);

	it("without settings are only the guess that Ollama runs here", () => {
		expect(toProviders(toSettings({}))).toMatchObject([
			{ id: "ollama", baseUrl: "http://127.0.0.1:11434/v1", isGuess: true },
		]);
	});

	it("take OpenAI's own address for OpenAI itself", () => {
		const settings = toSettings({ openaiApiKey: "k", openaiBaseUrl: "https://api.openai.com/v1" });
		expect(toPlaces(settings)[0]).toEqual(["openai", "openai", "https://api.openai.com/v1"]);
	});

	it("add the version to Anthropic's address when it has none", () => {
		const settings = toSettings({ anthropicApiKey: "k", anthropicBaseUrl: "http://proxy.test:1" });
		expect(toPlaces(settings)[0]).toEqual(["anthropic", "anthropic", "http://proxy.test:1/v1"]);
	});

	it("do not guess a second Ollama where one was named", () => {
		expect(toPlaces(toSettings({ openaiBaseUrl: "http://localhost:11434/v1" }))).toEqual([
			["openai", "openai-compatible", "http://localhost:11434/v1"],
		]);
		expect(toPlaces(toSettings({ ollamaBaseUrl: "http://gpu.test:11434/v1/" }))).toEqual([
			["ollama", "openai-compatible", "http://gpu.test:11434/v1"],
		]);
	});

	it("of the config file replace the built-in one of their id, and ask for a list when the file names no models", () => {
		const config = {
			providers: [{ id: "openai", kind: "openai-compatible", baseUrl: "http://x.test/v1", apiKey: null }],
			models: [],
		} as const;
		expect(toProviders(toSettings({ openaiApiKey: "k" }, { config }))[0]).toMatchObject({
			id: "openai",
			baseUrl: "http://x.test/v1",
			list: "openai-models",
		});
	});
});
