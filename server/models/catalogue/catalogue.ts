import type { ModelAbility, ModelTier } from "../../contract/kinds.ts";
import type { BuiltInModel } from "./built-in.ts";
import { toCacheMs } from "./cache-time.ts";
import { toCacheWritePrices } from "./cache-write-prices.ts";
import type { DiscoveredModel } from "./discover.ts";
import { type DeploymentLimits, toLimits } from "./limits.ts";
import { toLoadMs } from "./load-time.ts";
import { isReasoningName, isVisionName, toVersion } from "./model-name.ts";
import type { ConfiguredLimits, ConfiguredModel, ModelsSettings, Provider } from "./provider-list.ts";

interface ClassPrices {
	readonly inputUsdPerMTok: string;
	readonly cachedInputUsdPerMTok: string | null;
	readonly cacheWriteUsdPerMTok: string | null;
	readonly cacheWrite1hUsdPerMTok: string | null;
	readonly outputUsdPerMTok: string;
	readonly reasoningUsdPerMTok: string | null;
}

/** US dollars per million tokens, by class; null where a class costs the same as its parent. */
export interface ListedPrices extends ClassPrices {
	/** The prices of a whole call with a longer input. */
	readonly longContext: (ClassPrices & { readonly aboveInputTokens: number }) | null;
}

/** A model that a person can choose. `providerModelId` goes to the provider unchanged. Prices are decimal strings. */
export interface CatalogueModel {
	readonly id: string;
	readonly providerId: string;
	readonly providerModelId: string;
	readonly name: string;
	readonly tier: ModelTier;
	/** Tokens, input and output together. */
	readonly contextWindow: number;
	readonly maxOutputTokens: number;
	/** It may reason before it answers, so the first text may take longer. */
	readonly isReasoning: boolean;
	/** What it can read or do beyond text. */
	readonly abilities: readonly ModelAbility[];
	/** From the source that `priceSource` names; null when unknown. */
	readonly prices: ListedPrices | null;
	readonly priceSource: "catalogue" | "config" | "built-in";
	readonly isTest: boolean;
	/** Catalogue ids that may answer instead, from the config file; null when it names none. */
	readonly fallbacks: readonly string[] | null;
	readonly limits: DeploymentLimits;
	/** Milliseconds that its server may take to load it before it answers; 0: it is always loaded. */
	readonly loadMs: number;
	/** How long its provider keeps what it has read, for a request with the same beginning. */
	readonly cacheMs: number;
}

/** A model without the limits from the settings. */
type Described = Omit<CatalogueModel, "limits" | "loadMs" | "cacheMs">;

/** The assumed window of an unknown model: nearly every model served today has at least this. */
const unknownContextWindow = 32_768;

/** Ollama's default window. It silently cuts a longer conversation. */
const ollamaContextWindow = 4_096;

interface CatalogueSources {
	readonly settings: ModelsSettings;
	readonly providers: readonly Provider[];
	readonly builtIn: readonly BuiltInModel[];
	readonly discovered: readonly DiscoveredModel[];
}

/**
 * All models of the providers that can be reached with these settings, in the order of their sources: config file,
 * discovered at an address that was set, shipped catalogue, Ollama. An id belongs to the first that has it: the config file overrides the rest, and a
 * discovered model whose id is taken by another provider is listed as `<provider>/<id>`.
 */
export function toCatalogue({
	settings,
	providers,
	builtIn,
	discovered,
}: CatalogueSources): CatalogueModel[] {
	const byProvider = new Map(providers.map((provider) => [provider.id, provider]));
	const models = new Map<string, CatalogueModel>();
	const add = (model: Described, own?: ConfiguredLimits) => {
		const provider = byProvider.get(model.providerId);
		if (!provider || models.has(model.id)) return;
		models.set(model.id, {
			...model,
			limits: toLimits(model, { own, ofProvider: provider.limits }),
			loadMs: toLoadMs(provider),
			cacheMs: toCacheMs(provider),
		});
	};
	for (const model of settings.config.models)
		add(fromConfig(model, byProvider.get(model.provider)), model.limits);
	const addDiscovered = (list: Provider["list"]) => {
		for (const found of discovered) {
			if (byProvider.get(found.providerId)?.list !== list) continue;
			const model = fromDiscovery(found, list, builtIn);
			const isTaken = models.has(model.id) && models.get(model.id)?.providerId !== model.providerId;
			add(isTaken ? { ...model, id: `${model.providerId}/${model.id}` } : model);
		}
	};
	addDiscovered("openai-models");
	for (const model of builtIn) {
		if (byProvider.get(model.providerId)?.list === "catalogue") add(fromBuiltIn(model));
	}
	addDiscovered("ollama-tags");
	return [...models.values()];
}

function fromConfig(model: ConfiguredModel, at: Provider | undefined): Described {
	const { provider, limits: _limits, request: _request, ...rest } = model;
	const isAnthropic = at?.kind === "anthropic" || /claude/i.test(model.providerModelId);
	const prices = model.prices && { ...toClassPrices(model.prices, { isAnthropic }), longContext: null };
	const isReasoning = isReasoningName(model.providerModelId);
	return {
		...rest,
		providerId: provider,
		name: model.id,
		isReasoning,
		abilities: model.abilities ?? guessAbilities(model.providerModelId),
		prices,
		priceSource: "config",
		isTest: false,
		fallbacks: model.fallbacks ?? null,
	};
}

/** By the name of the model. Documents are guessed for the families whose providers read them. */
const guessAbilities = (name: string): ModelAbility[] => [
	...(isVisionName(name) ? (["images"] as const) : []),
	...(/claude|gemini|gpt-(4o|4\.1|[5-9])/i.test(name) ? (["files"] as const) : []),
	"tools",
];

/** Fills in the classes that a price list leaves out. */
function toClassPrices(
	listed: NonNullable<ConfiguredModel["prices"]>,
	{ isAnthropic }: { isAnthropic: boolean },
): ClassPrices {
	return {
		inputUsdPerMTok: listed.inputUsdPerMTok,
		cachedInputUsdPerMTok: listed.cachedInputUsdPerMTok ?? null,
		...toCacheWritePrices(listed, { isAnthropic }),
		outputUsdPerMTok: listed.outputUsdPerMTok,
		reasoningUsdPerMTok: listed.reasoningUsdPerMTok ?? null,
	};
}

function fromBuiltIn(model: BuiltInModel): Described {
	const { longContextPrices: long, prices, ...rest } = model;
	const isAnthropic = model.providerId === "anthropic";
	const longContext = long && {
		...toClassPrices(long, { isAnthropic }),
		aboveInputTokens: long.aboveInputTokens,
	};
	return {
		...rest,
		providerModelId: model.id,
		prices: { ...toClassPrices(prices, { isAnthropic }), longContext: longContext ?? null },
		priceSource: "catalogue",
		isTest: false,
		fallbacks: null,
	};
}

/** A discovered model with the name of a model of the shipped catalogue gets the data and the list prices of that one. */
function fromDiscovery(
	{ providerId, providerModelId, contextWindow, maxOutputTokens, abilities }: DiscoveredModel,
	list: Provider["list"],
	builtIn: readonly BuiltInModel[],
): Described {
	const known = builtIn.find((model) => model.id === providerModelId);
	if (known) return { ...fromBuiltIn(known), providerId };
	const unknownWindow = list === "ollama-tags" ? ollamaContextWindow : unknownContextWindow;
	const window = contextWindow ?? unknownWindow;
	return {
		id: providerModelId,
		providerId,
		providerModelId,
		name: providerModelId,
		tier: "medium",
		contextWindow: window,
		maxOutputTokens: Math.min(maxOutputTokens ?? 8_192, Math.max(1, Math.floor(window / 2))),
		isReasoning: isReasoningName(providerModelId),
		abilities: abilities ?? guessAbilities(providerModelId),
		prices: null,
		priceSource: "catalogue",
		isTest: false,
		fallbacks: null,
	};
}

/**
 * The model for `auto`: the one the settings name, else the config file's first, else the newest medium model of the
 * shipped catalogue (a finished release before a preview), else the first there is.
 *
 * @returns undefined only for an empty list.
 */
export function chooseDefault(
	models: readonly CatalogueModel[],
	settings: Pick<ModelsSettings, "defaultModel" | "config">,
): CatalogueModel | undefined {
	const named = models.find((model) => model.id === settings.defaultModel);
	const configured = models.find((model) => settings.config.models.some((entry) => entry.id === model.id));
	const first = models[0];
	if (named || configured || !first) return named ?? configured;
	const rivals = models.filter(
		(model) => model.providerId === first.providerId && model.tier === "medium" && model.prices,
	);
	return rivals.toSorted((a, b) => toRank(b) - toRank(a))[0] ?? first;
}

const toRank = ({ id }: CatalogueModel): number => toVersion(id) - (id.includes("preview") ? 1_000 : 0);
