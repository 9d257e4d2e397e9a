import type { EmbeddingModel } from "../models/index.ts";
import type { Embedder } from "./embedder.ts";

/** A provider's model: it is asked with a record of each call, for which money and limits are held. */
export interface ProviderEmbedder extends Embedder {
	readonly model: EmbeddingModel;
}

/** Vectors of one size by one model of one provider are compared; those of any other are not. */
export const toProviderEmbedder = (model: EmbeddingModel): ProviderEmbedder => ({
	id: [
		model.providerId,
		model.providerModelId,
		...(model.dimensions === null ? [] : [model.dimensions]),
	].join("/"),
	name: model.name,
	languages: model.languages,
	textsMax: model.textsPerCall,
	model,
	close: async () => undefined,
});
