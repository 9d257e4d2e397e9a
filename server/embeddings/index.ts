// Decides which model makes vectors of messages, for which texts, and keeps them: what a conversation is searched by beside its words.
// Needs: the database, a model of a provider that the caller asks, or for the one that ships with the packages a thread of its own.
// Promises: vectors are made in the background and read as they are there; those of two models are never compared; a text in a language
// that the model does not know has none; without a model everything works by words alone.
export type { Embedder, OwnEmbedder } from "./embedder.ts";
export { toEmbeddedText } from "./embedder.ts";
export { createEmbeddings, type Embeddings } from "./embeddings.ts";
export { knowsLanguage } from "./languages.ts";
export { createLocalEmbedder } from "./local/local-embedder.ts";
export { toProviderEmbedder } from "./provider-embedder.ts";
export { toStored } from "./vectors.ts";
