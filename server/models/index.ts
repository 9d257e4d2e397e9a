// Decides which models there are and how each one is reached; the only room that knows the AI SDK.
// Needs: the provider keys and addresses, the config file's providers and models, and a fetch.
// Promises: an answer is a stream of parts with one finish, last; a provider's failure is a ProviderError; no retries.
// A conversation that the model cannot read is refused with `unsupported_content`, never cut silently.
export { findMissingAbilities, requireAbilities } from "./abilities.ts";
export type { CatalogueModel } from "./catalogue/catalogue.ts";
export { toOtherModelId } from "./catalogue/model-name.ts";
export type { EmbeddingModel } from "./embedding/embedding-model.ts";
export type { ModelCall } from "./model-call.ts";
export { createModels, type Models, type ModelsSettings } from "./models.ts";
export { ProviderError } from "./wires/provider-error.ts";
