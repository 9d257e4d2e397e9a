import { createOpenAI } from "@ai-sdk/openai";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Provider } from "../../catalogue/provider-list.ts";

/** Finds the AI SDK's model for a provider's model id, which goes to the provider as it is. */
export type FindLanguageModel = (provider: Provider, providerModelId: string) => LanguageModelV4;

/** Models kept ready; a gateway may list thousands, a site uses a few. */
const readyModelsMax = 500;

/**
 * Opens the AI SDK's provider packages, for the APIs that this room does not read itself. Each model object is made once and kept:
 * making one compiles the schemas that check every chunk, which costs more than reading a short answer.
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
