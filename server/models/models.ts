import { setTimeout } from "node:timers/promises";
import { type ModelPart, toTextMessage } from "../contract/model-message.ts";
import { prompts } from "../contract/prompts.ts";
import { requireAbilities } from "./abilities.ts";
import { readBuiltInModels } from "./catalogue/built-in.ts";
import { type CatalogueModel, chooseDefault, toCatalogue } from "./catalogue/catalogue.ts";
import { type DiscoveredModel, discoverModels } from "./catalogue/discover.ts";
import { type ModelsSettings, type Provider, toProviders } from "./catalogue/provider-list.ts";
import { type EmbedCall, type Embedded, embedTexts } from "./embedding/embed-texts.ts";
import { type EmbeddingModel, toEmbeddingModel } from "./embedding/embedding-model.ts";
import { createConnectionPool } from "./http/connection-pool.ts";
import { createHttpFetch } from "./http/http-fetch.ts";
import { keepWarm } from "./http/keep-warm.ts";
import { createProviderFetch } from "./http/provider-fetch.ts";
import type { ModelCall } from "./model-call.ts";
import { createOpenModel } from "./open-model.ts";
import { openTestModel, testModel } from "./test-model/test-model.ts";
import { ProviderError } from "./wires/provider-error.ts";

export type { ModelsSettings } from "./catalogue/provider-list.ts";

export interface Models {
	/** Never empty: without any other model it has the built-in test model. */
	list(): CatalogueModel[];
	/** By exact catalogue id. */
	find(id: string): CatalogueModel | undefined;
	/** The model for `auto`. */
	default(): CatalogueModel;
	/**
	 * Streams an answer: parts with one `finish`, last. Throws ProviderError for whatever goes wrong outside, and the
	 * signal's reason after an abort. Abort the signal to stop while a part is awaited. It never retries.
	 *
	 * @throws AppError `unsupported_content`, at once, when the model lacks an ability that the messages need.
	 */
	open(call: ModelCall): AsyncIterable<ModelPart>;
	/** The models of the config file that make vectors, as far as their providers can be reached. */
	listEmbeddings(): readonly EmbeddingModel[];
	/**
	 * Makes vectors of texts, in one request. It never retries.
	 *
	 * @throws ProviderError for whatever goes wrong outside; the signal's reason after an abort.
	 */
	embed(call: EmbedCall): Promise<Embedded>;
	/** Makes one small real call, at most 10 s. Never throws. */
	check(modelId: string): Promise<{ ok: boolean; latencyMs: number; error?: string }>;
	/**
	 * Asks every provider that lists its own models again; one that does not answer keeps the models it had. Waits at most 2 s; a list
	 * that comes later is taken when it comes.
	 */
	refresh(): Promise<void>;
	/** Ends idle connections; an answer that is being read goes on. */
	close(): Promise<void>;
}

/** How soon new models of a gateway or of Ollama appear, and those of an endpoint that was down at the start. */
const refreshIntervalMs = 60_000;

/** `refresh` waits so long for the lists; a later one is used when it arrives. */
const listTimeoutMs = 2_000;

const checkTimeoutMs = 10_000;

/** OpenAI refuses less than 16 for its reasoning models. */
const checkOutputTokens = 16;

/** Builds the room and asks the providers for their lists once (at most 2 s). Reads no environment, keeps no secrets. */
export async function createModels(input: {
	settings: ModelsSettings;
	fetch?: typeof fetch;
}): Promise<Models> {
	const { settings } = input;
	const pool = createConnectionPool();
	const baseFetch = input.fetch ?? createHttpFetch(pool);
	const providers = toProviders(settings);
	const builtIn = readBuiltInModels();
	const openModel = createOpenModel({
		providers,
		baseFetch,
		configuredModels: settings.config.models,
		onLearned: () => describe(),
	});
	const discovered = new Map<string, readonly DiscoveredModel[]>();
	let models: readonly CatalogueModel[] = [];
	let byId = new Map<string, CatalogueModel>();

	const describe = () => {
		const all = toCatalogue({ settings, providers, builtIn, discovered: toOrdered(providers, discovered) });
		models = all.length > 0 ? all.map(openModel.withLearnedLimits) : [testModel];
		byId = new Map(models.map((model) => [model.id, model]));
	};
	const discover = async (provider: Provider) => {
		discovered.set(provider.id, await discoverModels(provider, baseFetch));
		describe();
	};
	const refresh = async () => {
		const listing = providers.filter(({ list }) => list === "openai-models" || list === "ollama-tags");
		const arrivals = Promise.allSettled(listing.map(discover));
		await Promise.race([arrivals, setTimeout(listTimeoutMs, null, { ref: false })]);
		describe();
	};
	const open = (call: ModelCall): AsyncIterable<ModelPart> => {
		requireAbilities(call.model, call.messages);
		return call.model.isTest ? openTestModel(call) : openModel.open(call);
	};

	const embeddingModels = (settings.config.embeddings ?? []).flatMap(
		(each) => toEmbeddingModel(each, providers) ?? [],
	);
	const embedFetch = createProviderFetch(baseFetch, new WeakMap());
	const embed = (call: EmbedCall): Promise<Embedded> => {
		const provider = providers.find(({ id }) => id === call.model.providerId);
		if (!provider) throw new Error(`There is no provider "${call.model.providerId}".`);
		return embedTexts(call, { provider, fetch: embedFetch });
	};

	await refresh();
	const timer = setInterval(refresh, refreshIntervalMs).unref();
	const asked = providers.filter((provider) => !provider.isGuess || discovered.has(provider.id));
	const stopWarming = input.fetch
		? undefined
		: keepWarm(
				asked.map(({ baseUrl }) => baseUrl),
				{ pool, fetch: baseFetch },
			);
	return {
		list: () => [...models],
		find: (id) => byId.get(id),
		default: () => chooseDefault(models, settings) ?? testModel,
		open,
		listEmbeddings: () => embeddingModels,
		embed,
		check: (modelId) => check(byId.get(modelId), open),
		refresh,
		async close() {
			clearInterval(timer);
			stopWarming?.();
			pool.close();
		},
	};
}

/** In the order of the providers, whichever answered first. */
const toOrdered = (
	providers: readonly Provider[],
	discovered: ReadonlyMap<string, readonly DiscoveredModel[]>,
) => providers.flatMap((provider) => discovered.get(provider.id) ?? []);

async function check(model: CatalogueModel | undefined, open: Models["open"]): ReturnType<Models["check"]> {
	const startedAtMs = performance.now();
	const toLatency = () => Math.round(performance.now() - startedAtMs);
	if (!model) return { ok: false, latencyMs: 0, error: "There is no such model." };
	try {
		const signal = AbortSignal.timeout(checkTimeoutMs);
		const messages = [toTextMessage("user", prompts.check.text)] as const;
		const maxOutputTokens = Math.min(checkOutputTokens, model.maxOutputTokens);
		for await (const part of open({ model, messages, maxOutputTokens, signal })) {
			if (part.type === "text-delta" || part.type === "reasoning-delta")
				return { ok: true, latencyMs: toLatency() };
			if (part.type === "finish" && part.finishReason !== "unknown")
				return { ok: true, latencyMs: toLatency() };
		}
		return { ok: false, latencyMs: toLatency(), error: "The answer ended before it began." };
	} catch (error) {
		return { ok: false, latencyMs: toLatency(), error: toWords(error) };
	}
}

/** One line for the operator's terminal, without the content of the request. */
function toWords(error: unknown): string {
	if (error instanceof ProviderError)
		return `${error.message} ${error.body}`.replace(/\s+/g, " ").trim().slice(0, 300);
	if (error instanceof DOMException && error.name === "TimeoutError")
		return `No answer within ${checkTimeoutMs / 1_000} s.`;
	return error instanceof Error ? error.message : "Unknown failure.";
}
