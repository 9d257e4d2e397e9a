import type { ModelAbility } from "../../contract/kinds.ts";
import { readStart } from "../http/provider-fetch.ts";
import { toFields, toList } from "../wires/wire-value.ts";
import { toUrl } from "./base-url.ts";
import { isChatName } from "./model-name.ts";
import type { Provider } from "./provider-list.ts";

export interface DiscoveredModel {
	readonly providerId: string;
	readonly providerModelId: string;
	/** Tokens; `null` when the provider does not say. */
	readonly contextWindow: number | null;
	/** Tokens; `null` when the provider does not say. */
	readonly maxOutputTokens: number | null;
	/** `null` when the provider does not say. */
	readonly abilities: readonly ModelAbility[] | null;
}

/** A provider on this machine answers within a few milliseconds. */
const guessTimeoutMs = 250;
/** Gateways collect their lists from many providers first. */
const timeoutMs = 30_000;

/** OpenRouter lists about 400 models in 600 KB, large gateways several thousand. Longer lists are cut or not understood. */
const listBytesMax = 16 * 1024 * 1024;
const modelsMax = 10_000;

/**
 * Asks a provider which chat models it serves: `GET {base}/models` (OpenAI and all that imitate it) or Ollama's `GET /api/tags`.
 *
 * @throws when the provider does not answer in time (250 ms for a guess, else 30 s) or not with such a list.
 */
export async function discoverModels(
	provider: Provider,
	baseFetch: typeof fetch,
): Promise<DiscoveredModel[]> {
	const isOllama = provider.list === "ollama-tags";
	const url = isOllama
		? provider.baseUrl.replace(/\/v1(?=$|\?)/, "/api/tags")
		: toUrl(provider.baseUrl, "/models");
	const response = await baseFetch(url, {
		headers: provider.apiKey ? { authorization: `Bearer ${provider.apiKey}` } : {},
		redirect: "manual",
		signal: AbortSignal.timeout(provider.isGuess ? guessTimeoutMs : timeoutMs),
	});
	const body: unknown = JSON.parse(response.ok ? await readStart(response, listBytesMax, timeoutMs) : "null");
	const found = new Map(findEntries(body).flatMap((entry) => toModel(entry, isOllama)));
	return [...found.values()].slice(0, modelsMax).map((model) => ({ providerId: provider.id, ...model }));
}

/** OpenAI lists models in `data`, Ollama in `models`, Together and some gateways without any object around the list. */
function findEntries(body: unknown): readonly unknown[] {
	if (Array.isArray(body)) return body;
	const { data, models } = toFields(body);
	const list = data ?? models;
	if (list === undefined) throw new Error("The provider sent no list of models.");
	return toList(list);
}

type Found = Omit<DiscoveredModel, "providerId">;

/** An entry's model by its id; nothing for entries that are no chat model. */
function toModel(entry: unknown, isOllama: boolean): [string, Found][] {
	const fields = typeof entry === "string" ? { id: entry } : toFields(entry);
	const id = isOllama ? fields.name : fields.id;
	if (!isModelId(id) || !isChatName(id)) return [];
	const contextWindow = findTokens(fields, windowFields);
	const maxOutputTokens = findTokens(fields, outputFields);
	return [[id, { providerModelId: id, contextWindow, maxOutputTokens, abilities: findAbilities(fields) }]];
}

/** Ids are kept unchanged, so they must be text that PostgreSQL can store. */
const isModelId = (id: unknown): id is string =>
	typeof id === "string" && id !== "" && id.length <= 512 && id.isWellFormed() && !id.includes("\u0000");

/**
 * The names of the window: vLLM and SGLang `max_model_len`, OpenRouter, Together and others `context_length`, Groq
 * `context_window`, Mistral and LM Studio `max_context_length`, LiteLLM and GitHub `max_input_tokens`, llama.cpp `n_ctx`. The
 * window a model runs with comes before the one it was trained with.
 */
const windowFields = [
	...["max_model_len", "context_length", "context_window", "loaded_context_length", "max_context_length"],
	...["context_size", "contextLength", "contextWindow", "max_context_tokens", "max_context_window", "n_ctx"],
	...[
		"max_input_tokens",
		"inputTokenLimit",
		"input_token_limit",
		"max_seq_len",
		"max_prompt_tokens",
		"n_ctx_train",
	],
];

const outputFields = [
	...["max_completion_tokens", "max_output_tokens", "outputTokenLimit", "output_token_limit"],
	...["max_output_length", "maxOutputTokens"],
];

/** Objects of an entry that may hold these fields. */
const holders = [
	"top_provider",
	"limits",
	"meta",
	"metadata",
	"model_info",
	"capabilities",
	"details",
	"model_spec",
];

function findTokens(entry: Readonly<Record<string, unknown>>, names: readonly string[]): number | null {
	const places = [entry, ...holders.map((name) => toFields(entry[name]))];
	for (const name of names) {
		for (const place of places) {
			const value = place[name];
			if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 0x7fffffff)
				return value;
		}
	}
	return null;
}

/**
 * What lists say of abilities: OpenRouter in `architecture.input_modalities` and `supported_parameters`, Mistral and GitHub in
 * `capabilities`, LiteLLM in `model_info.supports_vision` and so on. Null when a list says nothing of images.
 */
function findAbilities(entry: Readonly<Record<string, unknown>>): ModelAbility[] | null {
	const { input_modalities: modalities } = toFields(entry.architecture);
	const capabilities = { ...toFields(entry.model_info), ...toFields(entry.capabilities) };
	const parameters = toList(entry.supported_parameters);
	const images = Array.isArray(modalities)
		? modalities.includes("image")
		: (capabilities.vision ?? capabilities.supports_vision);
	if (typeof images !== "boolean") return null;
	const files = Array.isArray(modalities) ? modalities.includes("file") : capabilities.supports_pdf_input;
	const tools =
		parameters.includes("tools") || capabilities.function_calling || capabilities.supports_function_calling;
	return [
		...(images ? (["images"] as const) : []),
		...(files === true ? (["files"] as const) : []),
		...(tools ? (["tools"] as const) : []),
	];
}
