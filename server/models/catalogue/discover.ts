import * as z from "zod";
import { readStart } from "../http/provider-fetch.ts";
import { isChatName } from "./model-name.ts";
import type { Provider } from "./provider-list.ts";

export interface DiscoveredModel {
	readonly providerId: string;
	readonly providerModelId: string;
	/** Tokens; `null` when the provider does not say. */
	readonly contextWindow: number | null;
}

/** A provider on this machine answers within a few milliseconds; a guess must not delay the start. */
const guessTimeoutMs = 250;
const timeoutMs = 2_000;

/** OpenRouter lists about 400 models in 600 KB. A list past these bounds is cut or not understood. */
const listBytesMax = 4 * 1024 * 1024;
const modelsMax = 1_000;

/** A provider's id is kept as it is, but it must be text that can be stored. */
const modelId = z
	.string()
	.min(1)
	.max(512)
	.refine((id) => id.isWellFormed() && !id.includes("\u0000"));

const window = z.number().int().positive().max(0x7fffffff).nullish().catch(null);

const openAiEntry = z.object({ id: modelId, max_model_len: window, context_length: window });
const ollamaEntry = z.object({ name: modelId });

const openAiList = z.object({ data: z.array(z.unknown()) });
const ollamaList = z.object({ models: z.array(z.unknown()) });

/**
 * Asks a provider which chat models it serves: `GET {base}/models` (OpenAI; vLLM adds `max_model_len`, OpenRouter
 * `context_length`) or Ollama's `GET /api/tags`.
 *
 * @throws when the provider does not answer in time (250 ms for a guess, else 2 s) or not with such a list.
 */
export async function discoverModels(
	provider: Provider,
	baseFetch: typeof fetch,
): Promise<DiscoveredModel[]> {
	const isOllama = provider.list === "ollama-tags";
	const url = isOllama
		? provider.baseUrl.replace(/\/v1$/, "/api/tags")
		: `${provider.baseUrl.replace(/\/+$/, "")}/models`;
	const response = await baseFetch(url, {
		headers: provider.apiKey ? { authorization: `Bearer ${provider.apiKey}` } : {},
		redirect: "manual",
		signal: AbortSignal.timeout(provider.isGuess ? guessTimeoutMs : timeoutMs),
	});
	const body: unknown = JSON.parse(response.ok ? await readStart(response, listBytesMax) : "null");
	const found = isOllama ? parseOllama(body) : parseOpenAi(body);
	return found.slice(0, modelsMax).map((model) => ({ providerId: provider.id, ...model }));
}

type Found = Omit<DiscoveredModel, "providerId">;

function parseOpenAi(body: unknown): Found[] {
	return openAiList.parse(body).data.flatMap((entry) => {
		const model = openAiEntry.safeParse(entry);
		if (!model.success || !isChatName(model.data.id)) return [];
		const contextWindow = model.data.max_model_len ?? model.data.context_length ?? null;
		return [{ providerModelId: model.data.id, contextWindow }];
	});
}

function parseOllama(body: unknown): Found[] {
	return ollamaList.parse(body).models.flatMap((entry) => {
		const model = ollamaEntry.safeParse(entry);
		return model.success && isChatName(model.data.name)
			? [{ providerModelId: model.data.name, contextWindow: null }]
			: [];
	});
}
