import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { MessageVectors } from "../context/index.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
import { type Embedder, type OwnEmbedder, toEmbeddedText } from "./embedder.ts";
import { knowsLanguage } from "./languages.ts";
import type { ProviderEmbedder } from "./provider-embedder.ts";
import {
	countThreadTokens,
	findByContent,
	findWithoutVector,
	readVectors,
	type StoredVector,
	storeVectors,
	type TextWithoutVector,
} from "./vector-store.ts";
import { toStored } from "./vectors.ts";

/** Asks a model for vectors, one a text. */
export type Embed = (texts: readonly string[], signal: AbortSignal) => Promise<readonly Float32Array[]>;

/** The vectors of messages: made in the background, read when a conversation is cut. */
export interface Embeddings {
	/** Null: there is no model, and messages are compared by their words alone. */
	readonly embedder: OwnEmbedder | ProviderEmbedder | null;
	/** Those of these messages that are there: none is made for it. */
	read(messageIds: readonly string[]): Promise<MessageVectors>;
	/** Makes the vectors that a thread lacks, in batches, if it is long enough to be cut by any model. */
	embedThread(threadId: string, by: { readonly embed: Embed; readonly signal: AbortSignal }): Promise<void>;
	close(): Promise<void>;
}

/** Every model reads a shorter conversation as a whole: then the model of embeddings is not even loaded. */
const threadTokensMin = 4_000;
/** Texts that are looked at in one step. */
const stepTexts = 48;
/** Vectors that are kept in memory, about 10 MB. */
const keptMax = 20_000;

export function createEmbeddings(
	db: Pick<DatabaseOrTransaction, "orm">,
	embedder: OwnEmbedder | ProviderEmbedder | null,
): Embeddings {
	const kept = new LRUCache<string, Int8Array>({ max: keptMax });
	return {
		embedder,
		async read(messageIds) {
			if (!embedder) return new Map();
			const unknown = messageIds.filter((id) => !kept.has(id));
			const found = new Map<string, Int8Array>();
			if (unknown.length > 0)
				for (const { messageId, vector } of await readVectors(db, {
					model: embedder.id,
					messageIds: unknown,
				}))
					found.set(messageId, new Int8Array(vector));
			for (const id of messageIds) {
				const vector = found.get(id) ?? kept.get(id);
				if (vector) found.set(id, vector);
			}
			for (const [id, vector] of found) kept.set(id, vector);
			return withOneSize(found);
		},
		async embedThread(threadId, { embed, signal }) {
			if (!embedder || (await countThreadTokens(db, threadId)) < threadTokensMin) return;
			const model = embedder.id;
			try {
				while (!signal.aborted) {
					const texts = await findWithoutVector(db, { threadId, model, rowsMax: stepTexts });
					if (texts.length === 0) return;
					await embedTexts(texts, { db, embedder, embed, signal });
				}
			} catch (error) {
				// What is cut short is gone on with after the thread's next answer.
				if (!signal.aborted) throw error;
			}
		},
		close: async () => await embedder?.close(),
	};
}

/** A provider may have put another model under the same name since: what has another size than the newest vector is not compared with it. */
function withOneSize(vectors: ReadonlyMap<string, Int8Array>): MessageVectors {
	const newest = [...vectors.keys()].reduce((latest, id) => (id > latest ? id : latest), "");
	const size = vectors.get(newest)?.length;
	return new Map([...vectors].filter(([, vector]) => vector.length === size));
}

interface Work {
	readonly db: Pick<DatabaseOrTransaction, "orm">;
	readonly embedder: Embedder;
	readonly embed: Embed;
	readonly signal: AbortSignal;
}

/** Stores a vector for each text, or that the model has none for it. Each batch is stored before the next one is asked for. */
async function embedTexts(texts: readonly TextWithoutVector[], work: Work): Promise<void> {
	const { db, embedder, embed, signal } = work;
	const model = embedder.id;
	const hashed = texts.map(({ messageId, text }) => {
		const embedded = toEmbeddedText(text);
		const contentHash = createHash("sha256").update(embedded).digest();
		return { messageId, text: embedded, contentHash, key: contentHash.toString("hex") };
	});
	const before = await findByContent(db, { model, hashes: hashed.map(({ contentHash }) => contentHash) });
	const done = hashed.flatMap(({ messageId, contentHash, key, text }): StoredVector[] => {
		const vector = before.get(key);
		if (vector !== undefined) return [{ messageId, contentHash, vector }];
		return knowsLanguage(embedder, text) ? [] : [{ messageId, contentHash, vector: null }];
	});
	await storeVectors(db, { model, vectors: done });
	const isDone = new Set(done.map(({ messageId }) => messageId));
	const left = hashed.filter(({ messageId }) => !isDone.has(messageId));
	for (let at = 0; at < left.length && !signal.aborted; at += embedder.textsMax) {
		const batch = left.slice(at, at + embedder.textsMax);
		const made = await embed(
			batch.map(({ text }) => text),
			signal,
		);
		const vectors = batch.map(({ messageId, contentHash }, place) => {
			const vector = made[place];
			if (!vector) throw new Error("The embedding model answered fewer vectors than it was given texts.");
			return { messageId, contentHash, vector: Buffer.from(toStored(vector).buffer) };
		});
		await storeVectors(db, { model, vectors });
	}
}
