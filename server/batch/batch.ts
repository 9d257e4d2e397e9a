import { terminalStatuses } from "../contract/turn-status.ts";

/** Prompts of one batch. */
export const batchItemsMax = 1_000;
/** Batches of one person that have not ended. */
export const openBatchesMax = 20;

/** `waiting` and `running`, then one end: the turn's, or `cancelled` when no turn began. */
export const batchItemStatuses = ["waiting", "running", ...terminalStatuses, "cancelled"] as const;
export type BatchItemStatus = (typeof batchItemStatuses)[number];

export interface BatchItemInput {
	readonly text: string;
	/** A catalogue id or `auto`. */
	readonly model?: string | undefined;
	/** Tokens of the answer at most. */
	readonly maxOutputTokens?: number | undefined;
}

/** Why no item of a batch begins now. */
export interface BatchPause {
	/** An error code: `quota_exceeded`, `budget_exceeded`, ... */
	readonly code: string;
	/** The limit in the way, such as `money_per_day`. */
	readonly reason: string | null;
	/** When that limit resets, ISO 8601; null when it is not known. */
	readonly resetsAt: string | null;
	/** When it tries again, because limits may be raised; ISO 8601. */
	readonly triesAt: string;
}

export interface Batch {
	readonly batchId: string;
	/** `paused` while it waits for a limit, `cancelling` until its running items have ended. */
	readonly status: "running" | "paused" | "cancelling" | "cancelled" | "complete";
	readonly pause: BatchPause | null;
	readonly itemCount: number;
	/** How many items are in each status; absent ones have none. */
	readonly counts: Partial<Record<BatchItemStatus, number>>;
	/** What its answers have cost their owner so far. */
	readonly chargedNanoUsd: string;
	/** ISO 8601. */
	readonly createdAt: string;
	readonly endedAt: string | null;
}
