import type { Logger } from "pino";
import type { Sql } from "postgres";
import type { UserId } from "../contract/ids.ts";
import type { Publish } from "../contract/viewer-event.ts";
import { retry } from "../kernel/retry.ts";
import { sleep } from "../kernel/sleep.ts";
import { answerItem, type BatchChat, notNow } from "./answer-item.ts";
import { cancelBatch } from "./cancel-batch.ts";
import { type ClaimedItem, claimItems, renewItems } from "./claim-items.ts";
import { type CreateBatchInput, createBatch } from "./create-batch.ts";
import { settleItem } from "./end-item.ts";
import { type BatchResult, listBatches, readBatch, readResults } from "./read-batch.ts";
import type { Batch } from "./words.ts";

/** A person's batches; somebody else's are `not_found`. */
export interface Batches {
	/** @throws AppError `idempotency_conflict`, `rate_limited` (`open_batches`), `unauthorized`. */
	create(userId: UserId, input: CreateBatchInput): Promise<Batch>;
	/** Whether a batch was created under this name before: to ask again changes nothing. */
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
	/** What waits never begins, what runs is stopped as by its person. */
	cancel(userId: UserId, batchId: string): Promise<Batch>;
	/** Begins nothing more; items at work are left to other processes, after a moment to end. */
	end(): Promise<void>;
}

export interface BatchesInput {
	readonly sql: Sql;
	readonly chat: BatchChat;
	readonly publish: Publish;
	readonly logger: Logger;
	/** How long an item of a dead process stays its own. */
	readonly leaseMs: number;
	/** Items at work of one person, over all processes. */
	readonly itemsPerUser: number;
	/** Items at work in this process; 0: it answers none. */
	readonly itemsPerProcess: number;
}

const lookEveryMs = 1_000;
/** How long the end of an item is written again while storage is away; its lease runs out after that. */
const settleTries = { forMs: 15_000, everyMs: 250 };
const endMsMax = 2_000;

/** The batches of one process: it looks every second, and whenever an item ends, for items to answer. */
export function createBatches(input: BatchesInput): Batches {
	const { sql, chat, publish, logger, leaseMs } = input;
	const atWork = new Map<ClaimedItem, Promise<void>>();
	const ending = new AbortController();
	const rooms = { sql, chat, signal: ending.signal };
	let isLooking = false;
	let isDue = false;
	let isLeaving = false;

	const tell = (userId: UserId, batchId: string) => publish(userId, { type: "batch-change", batchId });

	async function workOn(item: ClaimedItem): Promise<void> {
		try {
			const outcome = await answerItem(item, rooms);
			if (outcome === notNow) isLeaving = true;
			if (await retry(() => settleItem(sql, item, outcome), settleTries)) tell(item.userId, item.batchId);
		} catch (error) {
			logger.warn({ err: error, batchId: item.batchId }, "an item of a batch could not be settled");
		} finally {
			atWork.delete(item);
			void look();
		}
	}

	async function look(): Promise<void> {
		isDue = true;
		if (isLooking) return;
		isLooking = true;
		try {
			while (isDue && !isLeaving) {
				isDue = false;
				const items = input.itemsPerProcess - atWork.size;
				if (items <= 0) break;
				for (const item of await claimItems(sql, { items, perUser: input.itemsPerUser, leaseMs }))
					atWork.set(item, workOn(item));
			}
		} catch (error) {
			logger.warn({ err: error }, "batches could not be looked at; the next look is soon");
		} finally {
			isLooking = false;
		}
	}

	const looking = setInterval(() => void look(), lookEveryMs);
	const renewing = setInterval(() => {
		renewItems(sql, [...atWork.keys()], leaseMs).catch((error: unknown) =>
			logger.warn({ err: error }, "items of batches could not be kept; the next beat tries again"),
		);
	}, leaseMs / 4);

	return {
		async create(userId, wanted) {
			const { batchId, isReplay } = await createBatch(sql, userId, wanted);
			if (isReplay) await wanted.onReplay?.();
			else {
				tell(userId, batchId);
				void look();
			}
			return await readBatch(sql, userId, batchId);
		},
		async hasCreated(userId, clientBatchId) {
			const found = await sql`
				select from batches where user_id = ${userId} and client_batch_id = ${clientBatchId}`;
			return found.length > 0;
		},
		get: (userId, batchId) => readBatch(sql, userId, batchId),
		list: (userId, page) => listBatches(sql, userId, page),
		results: (userId, page) => readResults(sql, userId, page),
		async cancel(userId, batchId) {
			const { turnIds } = await cancelBatch(sql, userId, batchId);
			await Promise.all(turnIds.map((turnId) => chat.stop(userId, turnId)));
			tell(userId, batchId);
			return await readBatch(sql, userId, batchId);
		},
		async end() {
			isLeaving = true;
			clearInterval(looking);
			ending.abort();
			await Promise.race([Promise.all(atWork.values()), sleep(endMsMax)]);
			clearInterval(renewing);
		},
	};
}
