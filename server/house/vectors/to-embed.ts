import type { UserId } from "../../contract/ids.ts";
import { type ModelPart, toTextMessage } from "../../contract/model-message.ts";
import type { Embeddings } from "../../embeddings/index.ts";
import type { EmbeddingModel, ModelCall, Models } from "../../models/index.ts";
import { countSentTokens } from "../../usage/index.ts";
import { type HouseCallRooms, makeHouseCall } from "../calls/make-call.ts";

type Embed = Parameters<Embeddings["embedThread"]>[1]["embed"];

type EmbedRooms = HouseCallRooms & { readonly models: Pick<Models, "embed"> };

/**
 * Asks a provider's model for vectors as the server asks any model for itself: queue, breaker, retries, prices and the site's budget hold, and
 * each call is booked.
 *
 * @returns a function that throws when no call has brought vectors.
 */
export const toEmbed =
	(
		model: EmbeddingModel,
		{ userId, rooms }: { readonly userId: UserId; readonly rooms: EmbedRooms },
	): Embed =>
	async (texts, signal) => {
		const made: { vectors: readonly Float32Array[] | null } = { vectors: null };
		const open = (call: ModelCall) => openVectors({ call, model, texts }, rooms, made);
		const request = {
			userId,
			purpose: "embedding" as const,
			chain: [model],
			signal,
			messages: texts.map((text) => toTextMessage("user", text)),
			toOutputTokensMax: () => 0,
		};
		const answer = await makeHouseCall(request, { ...rooms, models: { ...rooms.models, open } });
		if (!answer || !made.vectors) throw new Error("The embedding model did not answer.");
		return made.vectors;
	};

/** A call of an embedding model in the form of an answer, whose text says how many vectors have come. */
async function* openVectors(
	{ call, model, texts }: { call: ModelCall; model: EmbeddingModel; texts: readonly string[] },
	{ models }: EmbedRooms,
	made: { vectors: readonly Float32Array[] | null },
): AsyncGenerator<ModelPart, void, undefined> {
	const { signal, name, messages } = call;
	const { vectors, inputTokens, providerRequestId, rateHeaders } = await models.embed({
		model,
		texts,
		signal,
		...(name && { name }),
	});
	made.vectors = vectors;
	yield { type: "response-start", providerRequestId, ...(rateHeaders && { rateHeaders }) };
	if (vectors) yield { type: "text-delta", text: String(vectors.length) };
	yield {
		type: "finish",
		// A wrong answer is paid, and is a failure that may be tried again.
		finishReason: vectors ? "stop" : "error",
		usage: {
			inputTokens: inputTokens ?? (await countSentTokens(messages, model.providerModelId)),
			cachedInputTokens: 0,
			cacheWriteTokens: 0,
			cacheWrite1hTokens: 0,
			outputTokens: 0,
			reasoningTokens: 0,
			source: inputTokens === null ? "estimate" : "provider_final",
		},
	};
}
