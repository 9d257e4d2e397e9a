import type { CatalogueModel } from "../catalogue/catalogue.ts";
import { toLimits } from "../catalogue/limits.ts";
import { toLoadMs } from "../catalogue/load-time.ts";
import type { ConfiguredEmbedding, Provider } from "../catalogue/provider-list.ts";

/** A model that makes vectors of texts. It answers no message; its calls are queued, limited and priced as any. */
export interface EmbeddingModel extends CatalogueModel {
	readonly languages: ConfiguredEmbedding["languages"];
	/** Texts of one call. */
	readonly textsPerCall: number;
	/** Numbers of each vector; null: as many as the model makes by itself. */
	readonly dimensions: number | null;
}

/** Null when its provider cannot be reached with these settings. */
export function toEmbeddingModel(
	configured: ConfiguredEmbedding,
	providers: readonly Provider[],
): EmbeddingModel | null {
	const provider = providers.find(({ id }) => id === configured.provider);
	if (!provider) return null;
	const { id, providerModelId, textsPerCall, languages, dimensions = null } = configured;
	const prices = configured.prices && {
		inputUsdPerMTok: configured.prices.inputUsdPerMTok,
		cachedInputUsdPerMTok: null,
		cacheWriteUsdPerMTok: null,
		cacheWrite1hUsdPerMTok: null,
		outputUsdPerMTok: "0",
		reasoningUsdPerMTok: null,
		longContext: null,
	};
	const described = {
		id,
		providerId: provider.id,
		providerModelId,
		name: id,
		prices,
		languages,
		textsPerCall,
		dimensions,
		tier: "small",
		// The window holds for each text.
		contextWindow: configured.contextWindow * textsPerCall,
		maxOutputTokens: 1,
		isReasoning: false,
		abilities: [],
		priceSource: "config",
		isTest: false,
		fallbacks: null,
	} as const;
	return {
		...described,
		limits: toLimits(described, { own: configured.limits, ofProvider: provider.limits }),
		loadMs: toLoadMs(provider),
		cacheMs: 0,
	};
}
