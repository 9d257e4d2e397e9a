import { createHash } from "node:crypto";
import { and, count, eq, isNull } from "drizzle-orm";
import { batches, batchItems, users } from "../../drizzle/schema/index.ts";
import { AppError } from "../contract/errors.ts";
import { createId, type UserId } from "../contract/ids.ts";
import { type DatabaseOrTransaction, inTransaction } from "../db/index.ts";
import { type BatchItemInput, openBatchesMax } from "./batch.ts";

export interface CreateBatchInput {
	readonly clientBatchId: string;
	readonly items: readonly BatchItemInput[];
	/** Called when a batch of this name existed before. */
	readonly onReplay?: () => Promise<void>;
}

/** How long the owner of too many open batches is asked to wait. */
const openRetryMs = 60_000;

/**
 * Stores a batch and its items in one transaction. The same `clientBatchId` again answers with the first batch's id. The
 * owner's row is locked first, so that of several requests at once each counts the open batches of those before it.
 *
 * @throws AppError `idempotency_conflict`; `rate_limited` (`open_batches`); `unauthorized` when the account is gone.
 */
export async function createBatch(
	db: DatabaseOrTransaction,
	userId: UserId,
	{ clientBatchId, items }: CreateBatchInput,
): Promise<{ batchId: string; isReplay: boolean }> {
	const requestHash = toHash(items);
	return await inTransaction(db, async (tx) => {
		await lockOwner(tx, userId);
		const earlier = await findBatch(tx, userId, clientBatchId);
		if (earlier) {
			if (earlier.requestHash !== requestHash)
				throw new AppError("idempotency_conflict", "This clientBatchId was used before, for something else.");
			return { batchId: earlier.id, isReplay: true };
		}
		await requireRoom(tx, userId);
		const batchId = createId<string>();
		await tx.orm
			.insert(batches)
			.values({ id: batchId, userId, clientBatchId, requestHash, openItems: items.length });
		await insertItems(tx, batchId, items);
		return { batchId, isReplay: false };
	});
}

/** The batch that its owner created under this name; null when there is none. */
export async function findBatch(
	{ orm }: Pick<DatabaseOrTransaction, "orm">,
	userId: UserId,
	clientBatchId: string,
): Promise<{ id: string; requestHash: string } | null> {
	const [row] = await orm
		.select({ id: batches.id, requestHash: batches.requestHash })
		.from(batches)
		.where(and(eq(batches.userId, userId), eq(batches.clientBatchId, clientBatchId)));
	return row ?? null;
}

async function lockOwner({ orm }: DatabaseOrTransaction, userId: UserId): Promise<void> {
	const owners = await orm
		.select({ id: users.id })
		.from(users)
		.where(and(eq(users.id, userId), isNull(users.deletingAt)))
		.for("no key update");
	if (owners.length === 0) throw new AppError("unauthorized", "The session has ended.");
}

async function requireRoom({ orm }: DatabaseOrTransaction, userId: UserId): Promise<void> {
	const [open] = await orm
		.select({ batches: count() })
		.from(batches)
		.where(and(eq(batches.userId, userId), isNull(batches.endedAt)));
	if ((open?.batches ?? 0) < openBatchesMax) return;
	throw new AppError("rate_limited", `At most ${openBatchesMax} batches may be open: wait for one to end.`, {
		details: { limit: "open_batches", retryAfterMs: openRetryMs },
	});
}

async function insertItems(
	{ orm }: DatabaseOrTransaction,
	batchId: string,
	items: readonly BatchItemInput[],
): Promise<void> {
	await orm.insert(batchItems).values(
		items.map(({ text, model, maxOutputTokens }, position) => ({
			batchId,
			position,
			id: createId<string>(),
			text,
			model: model ?? null,
			maxOutputTokens: maxOutputTokens ?? null,
		})),
	);
}

function toHash(items: readonly BatchItemInput[]): string {
	const asked = items.map(({ text, model, maxOutputTokens }) => [text, model, maxOutputTokens]);
	return createHash("sha256").update(JSON.stringify(asked)).digest("base64url");
}
