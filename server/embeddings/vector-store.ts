import { and, desc, eq, inArray, isNull, ne, sql } from "drizzle-orm";
import { messages, messageVectors } from "../../drizzle/schema/index.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";

type Orm = Pick<DatabaseOrTransaction, "orm">;

export interface TextWithoutVector {
	readonly messageId: string;
	readonly text: string;
}

export interface StoredVector {
	readonly messageId: string;
	readonly contentHash: Buffer;
	/** Null: the model does not know the text's language. */
	readonly vector: Buffer | null;
}

/** Messages of a thread that a model has not seen, the newest first. */
export async function findWithoutVector(
	{ orm }: Orm,
	{ threadId, model, rowsMax }: { threadId: string; model: string; rowsMax: number },
): Promise<TextWithoutVector[]> {
	const isVectorOf = and(eq(messageVectors.messageId, messages.id), eq(messageVectors.model, model));
	return await orm
		.select({ messageId: messages.id, text: messages.text })
		.from(messages)
		.leftJoin(messageVectors, isVectorOf)
		.where(and(eq(messages.threadId, threadId), isNull(messageVectors.messageId), ne(messages.text, "")))
		.orderBy(desc(messages.id))
		.limit(rowsMax);
}

/** Tokens of all that was said in a thread; of a message that was never counted about as many as it has. */
export async function countThreadTokens({ orm }: Orm, threadId: string): Promise<number> {
	const [row] = await orm
		.select({
			tokens: sql<number>`coalesce(sum(coalesce(${messages.tokenCount}, length(${messages.text}) / 4)), 0)::float8`,
		})
		.from(messages)
		.where(eq(messages.threadId, threadId));
	return row?.tokens ?? 0;
}

/** What a model has made of these texts before, for whichever message, by the hex of the hash. */
export async function findByContent(
	{ orm }: Orm,
	{ model, hashes }: { model: string; hashes: readonly Buffer[] },
): Promise<Map<string, Buffer | null>> {
	const rows = await orm
		.select({ hash: messageVectors.contentHash, vector: messageVectors.vector })
		.from(messageVectors)
		.where(and(inArray(messageVectors.contentHash, [...hashes]), eq(messageVectors.model, model)));
	return new Map(rows.map(({ hash, vector }) => [hash.toString("hex"), vector]));
}

/** Stores vectors of messages that are still there. */
export async function storeVectors(
	{ orm }: Orm,
	{ model, vectors }: { model: string; vectors: readonly StoredVector[] },
): Promise<void> {
	if (vectors.length === 0) return;
	await orm.transaction(async (tx) => {
		const ids = vectors.map(({ messageId }) => messageId);
		const there = await tx
			.select({ id: messages.id })
			.from(messages)
			.where(inArray(messages.id, ids))
			.orderBy(messages.id)
			.for("key share");
		const isThere = new Set(there.map(({ id }) => id));
		const rows = vectors.filter(({ messageId }) => isThere.has(messageId));
		if (rows.length === 0) return;
		await tx
			.insert(messageVectors)
			.values(rows.map((row) => ({ ...row, model })))
			.onConflictDoNothing();
	});
}

/** The vectors that a model has made of these messages; those of texts that it does not know are not among them. */
export async function readVectors(
	{ orm }: Orm,
	{ model, messageIds }: { model: string; messageIds: readonly string[] },
): Promise<{ readonly messageId: string; readonly vector: Buffer }[]> {
	const rows = await orm
		.select({ messageId: messageVectors.messageId, vector: messageVectors.vector })
		.from(messageVectors)
		.where(
			and(
				sql`${messageVectors.messageId} = any(${sql.param([...messageIds])}::uuid[])`,
				eq(messageVectors.model, model),
			),
		);
	return rows.flatMap(({ messageId, vector }) => (vector ? [{ messageId, vector }] : []));
}
