import { createOpenAI } from "@ai-sdk/openai";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Provider } from "../../catalogue/provider-list.ts";

/** Finds the AI SDK's model for a provider's model id, which is sent unchanged. */
export type FindLanguageModel = (provider: Provider, providerModelId: string) => LanguageModelV4;

/** Models that are kept; a gateway may list thousands, a site uses a few. */
const readyModelsMax = 500;

/**
 * Creates models of the AI SDK for APIs without a wire in this room. Each model is created once and kept, because creating one compiles
 * the schemas for its chunks, which costs more than reading a short answer.
 */
export function createLanguageModels(providerFetch: typeof fetch): FindLanguageModel {
	const ready = new Map<string, LanguageModelV4>();
	return (provider, providerModelId) => {
		const key = `${provider.id}\n${providerModelId}`;
		const known = ready.get(key);
		if (known) return known;
		if (ready.size >= readyModelsMax) ready.clear();
		const settings = { baseURL: provider.baseUrl, apiKey: provider.apiKey ?? "", fetch: providerFetch };
		const model = createOpenAI(settings).responses(providerModelId);
		ready.set(key, model);
		return model;
	};
}
