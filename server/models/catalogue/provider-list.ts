import type { ModelAbility, ModelTier } from "../../contract/kinds.ts";
import { toBaseUrl } from "./base-url.ts";

/** What this room needs of the settings; `server/settings/env.ts` parses and checks them. */
export interface ModelsSettings {
	readonly providers: {
		readonly openaiApiKey: string | null;
		readonly openaiBaseUrl: string | null;
		readonly anthropicApiKey: string | null;
		readonly anthropicBaseUrl: string | null;
		readonly googleApiKey: string | null;
		readonly ollamaBaseUrl: string | null;
	};
	readonly config: {
		readonly providers: readonly ConfiguredProvider[];
		readonly models: readonly ConfiguredModel[];
		/** Models that make vectors of texts. */
		readonly embeddings?: readonly ConfiguredEmbedding[];
	};
	/** A catalogue id. */
	readonly defaultModel: string | null;
}

export interface ConfiguredLimits {
	readonly requestsPerMinute?: number;
	readonly tokensPerMinute?: number;
	readonly concurrency?: number;
}

/** What a server needs in requests; fields that are absent follow the kind's documentation. */
export interface ConfiguredRequest {
	readonly outputLimitField?: "max_tokens" | "max_completion_tokens" | undefined;
	readonly streamUsage?: boolean | undefined;
	readonly stream?: boolean | undefined;
	readonly alternatingRoles?: boolean | undefined;
	readonly systemRole?: "system" | "user" | undefined;
	readonly promptCache?: "off" | "auto" | "5m" | "1h" | undefined;
	readonly promptCacheKey?: boolean | undefined;
}

interface ConfiguredProvider {
	readonly id: string;
	readonly kind: ProviderKind;
	readonly baseUrl?: string;
	readonly apiKey: string | null;
	readonly limits?: ConfiguredLimits;
	readonly loadSeconds?: number | undefined;
	readonly request?: ConfiguredRequest | undefined;
}

export interface ConfiguredModel {
	readonly id: string;
	readonly provider: string;
	readonly providerModelId: string;
	readonly tier: ModelTier;
	readonly contextWindow: number;
	readonly maxOutputTokens: number;
	/** What it can read or do beyond text; guessed from its name when absent. */
	readonly abilities?: readonly ModelAbility[] | undefined;
	readonly prices: {
		readonly inputUsdPerMTok: string;
		readonly cachedInputUsdPerMTok?: string | undefined;
		readonly cacheWriteUsdPerMTok?: string | undefined;
		readonly cacheWrite1hUsdPerMTok?: string | undefined;
		readonly outputUsdPerMTok: string;
		readonly reasoningUsdPerMTok?: string | undefined;
	} | null;
	/** Catalogue ids; null: by rule. */
	readonly fallbacks?: readonly string[] | null;
	readonly limits?: ConfiguredLimits;
	readonly request?: ConfiguredRequest | undefined;
}

export interface ConfiguredEmbedding {
	readonly id: string;
	readonly provider: string;
	readonly providerModelId: string;
	readonly contextWindow: number;
	readonly dimensions?: number | undefined;
	readonly textsPerCall: number;
	readonly languages: "all" | "English";
	readonly prices: { readonly inputUsdPerMTok: string } | null;
	readonly limits?: ConfiguredLimits;
}

type ProviderKind = "openai-compatible" | "openai" | "openai-responses" | "anthropic" | "google";

/** A server of models. */
export interface Provider {
	readonly id: string;
	readonly kind: ProviderKind;
	readonly baseUrl: string;
	readonly apiKey: string | null;
	/** Where its list of models comes from: the shipped catalogue, the config file, or the provider itself. */
	readonly list: "catalogue" | "config" | "openai-models" | "ollama-tags";
	/** No setting names it: it may not exist. */
	readonly isGuess: boolean;
	/** Shared by its models that have no limits of their own. */
	readonly limits?: ConfiguredLimits;
	/** As configured, see `toLoadMs`. */
	readonly loadSeconds?: number | undefined;
	readonly request?: ConfiguredRequest | undefined;
}

/** Always passed to the AI SDK, which would otherwise read addresses from its own environment variables. */
const publicAddresses: Record<ProviderKind, string> = {
	openai: "https://api.openai.com/v1",
	anthropic: "https://api.anthropic.com/v1",
	google: "https://generativelanguage.googleapis.com/v1beta",
	"openai-responses": "https://api.openai.com/v1",
	"openai-compatible": "https://api.openai.com/v1",
};

const ollamaAddress = "http://127.0.0.1:11434";

/**
 * All providers that the settings allow, config file first: an entry there replaces the built-in provider of the same
 * id (`openai`, `anthropic`, `google`, `ollama`). Only an OpenAI-compatible endpoint may do without a key.
 */
export function toProviders(settings: ModelsSettings): Provider[] {
	const configured = settings.config.providers.map((entry) =>
		toConfiguredProvider(entry, settings.config.models),
	);
	const taken = new Set(configured.map((provider) => provider.id));
	const builtIn = toBuiltInProviders(settings.providers).filter((provider) => !taken.has(provider.id));
	const all = [...configured, ...builtIn].filter(
		(provider) => provider.apiKey !== null || provider.kind === "openai-compatible",
	);
	const asked = all.filter((provider) => !provider.isGuess);
	return all.filter((provider) => !provider.isGuess || !asked.some((other) => isSamePlace(other, provider)));
}

/** An OpenAI-compatible provider for which the file lists no models is asked for its list. */
function toConfiguredProvider(entry: ConfiguredProvider, models: readonly ConfiguredModel[]): Provider {
	const canList = entry.kind === "openai-compatible" && !models.some((model) => model.provider === entry.id);
	return {
		id: entry.id,
		kind: entry.kind,
		baseUrl: toBaseUrl(entry.baseUrl ?? publicAddresses[entry.kind], entry.kind),
		apiKey: entry.apiKey,
		list: canList ? "openai-models" : "config",
		isGuess: false,
		limits: entry.limits,
		loadSeconds: entry.loadSeconds,
		request: entry.request,
	};
}

function toBuiltInProviders(keys: ModelsSettings["providers"]): Provider[] {
	const anthropicBaseUrl = toBaseUrl(keys.anthropicBaseUrl ?? publicAddresses.anthropic, "anthropic");
	const common = { list: "catalogue", isGuess: false } as const;
	return [
		...toOpenAi(keys),
		{
			...common,
			id: "anthropic",
			kind: "anthropic",
			baseUrl: anthropicBaseUrl,
			apiKey: keys.anthropicApiKey,
		},
		{ ...common, id: "google", kind: "google", baseUrl: publicAddresses.google, apiKey: keys.googleApiKey },
		{
			id: "ollama",
			kind: "openai-compatible",
			baseUrl: `${(keys.ollamaBaseUrl ?? ollamaAddress).replace(/\/+(v1\/?)?$/, "")}/v1`,
			apiKey: null,
			list: "ollama-tags",
			isGuess: keys.ollamaBaseUrl === null,
		},
	];
}

/** With another address, `openai` is any endpoint for OpenAI's chat completions, with or without a key. */
function toOpenAi({ openaiApiKey: apiKey, openaiBaseUrl: baseUrl }: ModelsSettings["providers"]): Provider[] {
	if (baseUrl && new URL(baseUrl).hostname !== "api.openai.com") {
		return [
			{
				id: "openai",
				kind: "openai-compatible",
				baseUrl: toBaseUrl(baseUrl, "openai-compatible"),
				apiKey,
				list: "openai-models",
				isGuess: false,
			},
		];
	}
	return [
		{
			id: "openai",
			kind: "openai",
			baseUrl: publicAddresses.openai,
			apiKey,
			list: "catalogue",
			isGuess: false,
		},
	];
}

const isSamePlace = (one: Provider, other: Provider): boolean =>
	toHost(one.baseUrl) === toHost(other.baseUrl);

const toHost = (url: string): string => new URL(url).host.replace(/^(localhost|\[::1\])(?=:|$)/, "127.0.0.1");
