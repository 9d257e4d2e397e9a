/** A model that makes vectors of texts: texts of like meaning have vectors of like direction. */
export interface Embedder {
	/** Of the model and its version: vectors with different ids are never compared. */
	readonly id: string;
	/** What people read. */
	readonly name: string;
	readonly languages: "English" | "all";
	/** Of one call. */
	readonly textsMax: number;
	/** Ends what it runs. */
	close(): Promise<void>;
}

/** One that runs in this process, and costs nothing. */
export interface OwnEmbedder extends Embedder {
	/** One vector a text, in the order of the texts. @throws when the model cannot be asked. */
	embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
}

/** Characters of a message that are embedded: it says in its beginning what it is about, and longer texts take long. */
const charactersMax = 600;

/** What of a message's text is embedded. */
export const toEmbeddedText = (text: string): string => text.slice(0, charactersMax).trim();
