import type { Logger } from "pino";
import type { UserId } from "../contract/ids.ts";
import type { Publish } from "../contract/viewer-event.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
import { retry } from "../kernel/retry.ts";
import { sleep } from "../kernel/sleep.ts";
import { answerItem, type BatchChat, notNow } from "./answer-item.ts";
import type { Batch } from "./batch.ts";
import { cancelBatch } from "./cancel-batch.ts";
import { type ClaimedItem, claimItems, renewItems } from "./claim-items.ts";
import { type CreateBatchInput, createBatch, findBatch } from "./create-batch.ts";
import { type BatchResult, listBatches, readBatch, readResults } from "./read-batch.ts";
import { settleItem } from "./settle-item.ts";

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

const pollIntervalMs = 1_000;
/** How long storing an item's end is retried while storage is away; after that its lease expires. */
const settleTries = { forMs: 15_000, everyMs: 250 };
const endMsMax = 2_000;

/** The batches of one process: it claims items every second and whenever one ends. */
export function createBatches(input: BatchesInput): Batches {
	const { db, chat, publish, logger, leaseMs } = input;
	const { sql } = db;
	const running = new Map<ClaimedItem, Promise<void>>();
	const ending = new AbortController();
	const rooms = { sql, chat, signal: ending.signal };
	let isClaiming = false;
	let isDue = false;
	let isLeaving = false;

	const publishChange = (userId: UserId, batchId: string) =>
		publish(userId, { type: "batch-change", batchId });

	async function workOn(item: ClaimedItem): Promise<void> {
		try {
			const outcome = await answerItem(item, rooms);
			if (outcome === notNow) isLeaving = true;
			if (await retry(() => settleItem(sql, item, outcome), settleTries))
				publishChange(item.userId, item.batchId);
		} catch (error) {
			logger.warn(
				{ event: "batch.settle_failed", err: error, batchId: item.batchId },
				"The end of a batch item could not be stored.",
			);
		} finally {
			running.delete(item);
			void claim();
		}
	}

	async function claim(): Promise<void> {
		isDue = true;
		if (isClaiming) return;
		isClaiming = true;
		try {
			while (isDue && !isLeaving) {
				isDue = false;
				const items = input.itemsPerProcess - running.size;
				if (items <= 0) break;
				for (const item of await claimItems(db, { items, perUser: input.itemsPerUser, leaseMs }))
					running.set(item, workOn(item));
			}
		} catch (error) {
			logger.warn(
				{ event: "batch.claim_failed", err: error },
				"Batch items could not be claimed; the next attempt follows.",
			);
		} finally {
			isClaiming = false;
		}
	}

	const claiming = setInterval(() => void claim(), pollIntervalMs);
	const renewing = setInterval(() => {
		renewItems(sql, [...running.keys()], leaseMs).catch((error: unknown) =>
			logger.warn(
				{ event: "batch.renew_failed", err: error },
				"Leases of batch items could not be renewed; the next attempt follows.",
			),
		);
	}, leaseMs / 4);

	return {
		async create(userId, wanted) {
			const { batchId, isReplay } = await createBatch(db, userId, wanted);
			if (isReplay) await wanted.onReplay?.();
			else {
				publishChange(userId, batchId);
				void claim();
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
		async end() {
			isLeaving = true;
			clearInterval(claiming);
			ending.abort();
			await Promise.race([Promise.all(running.values()), sleep(endMsMax)]);
			clearInterval(renewing);
		},
	};
}
