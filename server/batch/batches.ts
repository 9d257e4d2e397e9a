import type { Logger } from "pino";
import type { UserId } from "../contract/ids.ts";
import type { Publish } from "../contract/viewer-event.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
import type { BatchChat } from "./answer-item.ts";
import type { Batch } from "./batch.ts";
import { startBatchWorker } from "./batch-worker.ts";
import { cancelBatch } from "./cancel-batch.ts";
import { type CreateBatchInput, createBatch, findBatch } from "./create-batch.ts";
import { type BatchResult, listBatches, readBatch, readResults } from "./read-batch.ts";

/** A person's batches; another person's are `not_found`. */
export interface Batches {
	/** @throws AppError `idempotency_conflict`, `rate_limited` (`open_batches`), `unauthorized`. */
	create(userId: UserId, input: CreateBatchInput): Promise<Batch>;
	/** Whether a batch was created under this name before. */
	hasCreated(userId: UserId, clientBatchId: string): Promise<boolean>;
	get(userId: UserId, batchId: string): Promise<Batch>;
	list(
		userId: UserId,
		page: { cursor?: string | undefined; limit: number },
	): Promise<{ batches: Batch[]; nextCursor: string | null }>;
	results(
		userId: UserId,
		page: { batchId: string; cursor?: number | undefined; limit: number },
	): Promise<{ items: BatchResult[]; nextCursor: string | null }>;
	/** Waiting items never begin; running ones are stopped as by their owner. */
	cancel(userId: UserId, batchId: string): Promise<Batch>;
	/** Begins nothing more; gives running items a moment to end and leaves the rest to other processes. */
	end(): Promise<void>;
}

export interface BatchesInput {
	readonly db: DatabaseOrTransaction;
	readonly chat: BatchChat;
	readonly publish: Publish;
	readonly logger: Logger;
	/** How long a process that died keeps its items. */
	readonly leaseMs: number;
	/** Running items of one person, over all processes. */
	readonly itemsPerUser: number;
	/** Running items of this process; 0: it answers none. */
	readonly itemsPerProcess: number;
}

/** The batches of one process. */
export function createBatches(input: BatchesInput): Batches {
	const { db, chat, publish } = input;
	const { sql } = db;
	const worker = startBatchWorker(input);
	const publishChange = (userId: UserId, batchId: string) =>
		publish(userId, { type: "batch-change", batchId });
	return {
		async create(userId, wanted) {
			const { batchId, isReplay } = await createBatch(db, userId, wanted);
			if (isReplay) await wanted.onReplay?.();
			else {
				publishChange(userId, batchId);
				worker.claimSoon();
			}
			return await readBatch(sql, userId, batchId);
		},
		async hasCreated(userId, clientBatchId) {
			return (await findBatch(db, userId, clientBatchId)) !== null;
		},
		get: (userId, batchId) => readBatch(sql, userId, batchId),
		list: (userId, page) => listBatches(sql, userId, page),
		results: (userId, page) => readResults(db, userId, page),
		async cancel(userId, batchId) {
			const { turnIds } = await cancelBatch(db, userId, batchId);
			await Promise.all(turnIds.map((turnId) => chat.stop(userId, turnId)));
			publishChange(userId, batchId);
			return await readBatch(sql, userId, batchId);
		},
		end: worker.end,
	};
}
