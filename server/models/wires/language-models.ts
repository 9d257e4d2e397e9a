import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Provider } from "../catalogue/provider-list.ts";

/** Finds the AI SDK's model for a provider's model id, which goes to the provider as it is. */
export type FindLanguageModel = (providerId: string, providerModelId: string) => LanguageModelV4;

/** Models kept ready; a gateway may list thousands, a site uses a few. */
const readyModelsMax = 500;

/**
 * Opens the AI SDK's provider packages. Each model object is made once and kept: making one compiles the schemas that
 * check every chunk, which costs more than reading a short answer.
 */
export function createLanguageModels(
	providers: readonly Provider[],
	providerFetch: typeof fetch,
): FindLanguageModel {
	const makers = new Map(providers.map((provider) => [provider.id, toMaker(provider, providerFetch)]));
	const ready = new Map<string, LanguageModelV4>();
	return (providerId, providerModelId) => {
		const key = `${providerId}\n${providerModelId}`;
		const known = ready.get(key);
		if (known) return known;
		const make = makers.get(providerId);
		if (!make) throw new Error(`There is no provider "${providerId}".`);
		if (ready.size >= readyModelsMax) ready.clear();
		const model = make(providerModelId);
		ready.set(key, model);
		return model;
	};
}

/** Chat completions for OpenAI too: one wire for it and all that speak it, and nothing is stored at the provider. */
function toMaker(provider: Provider, providerFetch: typeof fetch): (modelId: string) => LanguageModelV4 {
	const apiKey = provider.apiKey ?? "";
	const settings = { baseURL: provider.baseUrl, apiKey, fetch: providerFetch };
	switch (provider.kind) {
		case "openai":
			return createOpenAI(settings).chat;
		case "anthropic":
			return createAnthropic(settings);
		case "google":
			return createGoogle(settings);
		case "openai-compatible":
			return createOpenAICompatible({
				...settings,
				apiKey: provider.apiKey ?? undefined,
				// The name is only the SDK's key for provider options; a fixed one keeps odd ids out of it.
				name: "compatible",
				includeUsage: true,
			});
	}
}
