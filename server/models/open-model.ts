import type { ModelPart } from "../contract/model-message.ts";
import type { CatalogueModel } from "./catalogue/catalogue.ts";
import type { ConfiguredModel, ConfiguredRequest, Provider } from "./catalogue/provider-list.ts";
import { createProviderFetch, type ResponseWatchers } from "./http/provider-fetch.ts";
import type { ModelCall } from "./model-call.ts";
import { createLanguageModels } from "./wires/ai-sdk/language-models.ts";
import { openWithAiSdk } from "./wires/ai-sdk/open-with-ai-sdk.ts";
import { anthropicMessages } from "./wires/anthropic/wire.ts";
import { chatCompletions } from "./wires/chat-completions/wire.ts";
import { googleGenerate } from "./wires/google/wire.ts";
import { openAnswer } from "./wires/open-answer.ts";
import { createRequestShapes, defaultShape } from "./wires/request-shapes.ts";
import type { RequestShape, Wire } from "./wires/wire.ts";

/** The wires of this room by kind of provider; the AI SDK reads the other kinds. */
const wires: Partial<Record<Provider["kind"], Wire>> = {
	"openai-compatible": chatCompletions,
	openai: chatCompletions,
	anthropic: anthropicMessages,
	google: googleGenerate,
};

export interface OpenModel {
	open(call: ModelCall): AsyncIterable<ModelPart>;
	/** The model with the window and the output limit that its refusals stated, where those are smaller than the catalogue's. */
	withLearnedLimits(model: CatalogueModel): CatalogueModel;
}

/** Opens models at their providers. `onLearned` is called when a refusal has changed what is known of a deployment. */
export function createOpenModel({
	providers,
	configuredModels,
	baseFetch,
	onLearned,
}: {
	readonly providers: readonly Provider[];
	readonly configuredModels: readonly ConfiguredModel[];
	readonly baseFetch: typeof fetch;
	readonly onLearned: () => void;
}): OpenModel {
	const watchers: ResponseWatchers = new WeakMap();
	const providerFetch = createProviderFetch(baseFetch, watchers);
	const findLanguageModel = createLanguageModels(providerFetch);
	const shapes = createRequestShapes({ onLearned });
	return {
		open({ model, ...call }) {
			const { providerId, providerModelId } = model;
			const provider = providers.find(({ id }) => id === providerId);
			if (!provider) throw new Error(`There is no provider "${providerId}".`);
			const own = configuredModels.find(({ id }) => id === model.id)?.request;
			const wire = wires[provider.kind];
			if (!wire) {
				const languageModel = findLanguageModel(provider, providerModelId);
				const cacheKey = sendsCacheKey(provider, own) ? call.cacheKey : undefined;
				return openWithAiSdk({ ...call, cacheKey, languageModel, watchers });
			}
			const deployment = shapes.find(toDeployment(model), toShape(provider, own));
			return openAnswer({ ...call, provider, providerModelId, fetch: providerFetch }, { wire, deployment });
		},
		withLearnedLimits(model) {
			const { contextWindow, outputTokensMax } = shapes.findLearned(toDeployment(model));
			const window = Math.min(model.contextWindow, contextWindow ?? model.contextWindow);
			const output = Math.min(model.maxOutputTokens, outputTokensMax ?? model.maxOutputTokens, window);
			return window === model.contextWindow && output === model.maxOutputTokens
				? model
				: { ...model, contextWindow: window, maxOutputTokens: output };
		},
	};
}

const toDeployment = ({ providerId, providerModelId }: CatalogueModel): string =>
	`${providerId}\n${providerModelId}`;

/** OpenAI documents `max_completion_tokens`; compatible servers may only know the older name. */
function toShape(provider: Provider, own: ConfiguredRequest | undefined): RequestShape {
	const { kind, request: common } = provider;
	const isOpenAi = kind === "openai";
	return {
		...defaultShape,
		outputLimitField:
			own?.outputLimitField ??
			common?.outputLimitField ??
			(isOpenAi ? "max_completion_tokens" : defaultShape.outputLimitField),
		asksForUsage: own?.streamUsage ?? common?.streamUsage ?? defaultShape.asksForUsage,
		streams: own?.stream ?? common?.stream ?? defaultShape.streams,
		mergesRoles: own?.alternatingRoles ?? common?.alternatingRoles ?? defaultShape.mergesRoles,
		systemRole: own?.systemRole ?? common?.systemRole ?? defaultShape.systemRole,
		promptCache: own?.promptCache ?? common?.promptCache ?? (kind === "anthropic" ? "auto" : "off"),
		sendsCacheKey: sendsCacheKey(provider, own),
	};
}

/** OpenAI documents `prompt_cache_key`; of other servers only the operator knows. */
function sendsCacheKey({ kind, baseUrl, request }: Provider, own: ConfiguredRequest | undefined): boolean {
	const isOpenAi = kind === "openai" || new URL(baseUrl).hostname === "api.openai.com";
	return own?.promptCacheKey ?? request?.promptCacheKey ?? isOpenAi;
}
