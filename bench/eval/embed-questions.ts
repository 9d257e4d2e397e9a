import { createLocalEmbedder, toEmbeddedText } from "../../server/embeddings/index.ts";

/**
 * Makes vectors of questions by the model that ships with the packages; null where they were left out, which is said on standard error. Then
 * only questions with the same words are alike.
 */
export function createQuestionEmbedder(): (
	texts: readonly string[],
) => Promise<readonly (Float32Array | null)[]> {
	const embedder = createLocalEmbedder();
	if (!embedder) {
		process.stderr.write("The packages of the embedding model were left out: questions have no vectors.\n");
		return async (texts) => texts.map(() => null);
	}
	return (texts) => embedder.embed(texts.map(toEmbeddedText));
}
