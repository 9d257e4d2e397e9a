import type { EmbeddingModelV4 } from "@ai-sdk/provider";
import type { Provider } from "../catalogue/provider-list.ts";
import { toNameHeader, toRateHeaders, toRequestId } from "../http/headers.ts";
import { toProviderError } from "../wires/ai-sdk/to-provider-error.ts";
import type { EmbeddingModel } from "./embedding-model.ts";

/** One call of an embedding model. */
export interface EmbedCall {
	readonly model: EmbeddingModel;
	/** One at least, `textsPerCall` of the model at most. */
	readonly texts: readonly string[];
	readonly signal: AbortSignal;
	/** Our name for the call, as of any call of a model. */
	readonly name?: string;
}

export interface Embedded {
	/** One a text, in the order of the texts: of one size, and each with a direction. Null for an answer that is not that. */
	readonly vectors: readonly Float32Array[] | null;
	/** As the provider counts them; null when it does not say. */
	readonly inputTokens: number | null;
	readonly providerRequestId: string | null;
	readonly rateHeaders: Readonly<Record<string, string>> | undefined;
}

/**
 * Asks a provider for the vectors of texts, in one request, through the AI SDK. It never retries.
 *
 * @throws ProviderError for every failure of the provider; the signal's reason after an abort.
 */
export async function embedTexts(
	{ model, texts, signal, name }: EmbedCall,
	at: { readonly provider: Provider; readonly fetch: typeof fetch },
): Promise<Embedded> {
	/** What the model has answered, also when the AI SDK then refuses it for its number of vectors. */
	let received: Received = null;
	try {
		// Loaded when it is used: a server without such a model does without.
		const { embedMany, wrapEmbeddingModel } = await import("ai");
		const { embeddings } = await embedMany({
			model: wrapEmbeddingModel({
				model: await toSdkModel(at.provider, model.providerModelId, at.fetch),
				middleware: {
					specificationVersion: "v4",
					wrapEmbed: async ({ doEmbed }) => {
						const answer = await doEmbed();
						received = { tokens: answer.usage?.tokens, headers: answer.response?.headers ?? {} };
						return answer;
					},
				},
			}),
			values: [...texts],
			maxRetries: 0,
			abortSignal: signal,
			headers: toNameHeader(name),
			...(model.dimensions !== null && {
				providerOptions: {
					openai: { dimensions: model.dimensions },
					google: { outputDimensionality: model.dimensions },
				},
			}),
		});
		return toEmbedded(toVectors(embeddings, { texts: texts.length, dimensions: model.dimensions }), received);
	} catch (error) {
		if (signal.aborted) throw signal.reason;
		if (received) return toEmbedded(null, received);
		throw toProviderError(error);
	}
}

type Received = {
	readonly tokens: number | undefined;
	readonly headers: Record<string, string>;
} | null;

function toEmbedded(vectors: Embedded["vectors"], received: Received): Embedded {
	const { tokens = 0, headers = {} } = received ?? {};
	return {
		vectors,
		inputTokens: Number.isSafeInteger(tokens) && tokens > 0 ? tokens : null,
		providerRequestId: toRequestId(headers),
		rateHeaders: toRateHeaders(headers),
	};
}

async function toSdkModel(
	provider: Provider,
	modelId: string,
	providerFetch: typeof fetch,
): Promise<EmbeddingModelV4> {
	const settings = { baseURL: provider.baseUrl, apiKey: provider.apiKey ?? "", fetch: providerFetch };
	if (provider.kind === "google") {
		const { createGoogle } = await import("@ai-sdk/google");
		return createGoogle(settings).embeddingModel(modelId);
	}
	const { createOpenAI } = await import("@ai-sdk/openai");
	return createOpenAI(settings).embeddingModel(modelId);
}

/** Null when there is not one for each text, when one has another size than the rest, or when one has no direction. */
export function toVectors(
	embeddings: readonly (readonly number[])[],
	asked: { readonly texts: number; readonly dimensions: number | null },
): readonly Float32Array[] | null {
	const size = asked.dimensions ?? embeddings[0]?.length ?? 0;
	const isVector = (numbers: readonly number[]) =>
		numbers.length === size && numbers.every(Number.isFinite) && numbers.some((number) => number !== 0);
	return embeddings.length === asked.texts && embeddings.every(isVector)
		? embeddings.map((numbers) => Float32Array.from(numbers))
		: null;
}
