import { retry } from "../kernel/retry.ts";
import { sleep } from "../kernel/sleep.ts";
import { answerItem, notNow } from "./answer-item.ts";
import type { BatchesInput } from "./batches.ts";
import { type ClaimedItem, claimItems, renewItems } from "./claim-items.ts";
import { settleItem } from "./settle-item.ts";

const pollIntervalMs = 1_000;
/** How long storing an item's end is retried while storage is away; after that its lease expires. */
const settleTries = { forMs: 15_000, everyMs: 250 };
const endMsMax = 2_000;

/** Answers items of batches in this process. */
export interface BatchWorker {
	/** Claims items now and not only at the next poll. */
	claimSoon(): void;
	/** Begins nothing more; gives running items a moment to end and leaves the rest to other processes. */
	end(): Promise<void>;
}

/** Claims items every second and whenever one ends. */
export function startBatchWorker(input: BatchesInput): BatchWorker {
	const { db, chat, logger, leaseMs } = input;
	const running = new Map<ClaimedItem, Promise<void>>();
	const ending = new AbortController();
	const rooms = { sql: db.sql, chat, signal: ending.signal };
	let isClaiming = false;
	let isDue = false;
	let isLeaving = false;

	async function workOn(item: ClaimedItem): Promise<void> {
		const outcome = await answerItem(item, rooms);
		if (outcome === notNow) isLeaving = true;
		await settle(item, outcome, input);
		running.delete(item);
		void claim();
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
		} catch (err) {
			logger.warn(
				{ event: "batch.claim_failed", err },
				"Batch items could not be claimed; the next attempt follows.",
			);
		} finally {
			isClaiming = false;
		}
	}

	const claiming = setInterval(() => void claim(), pollIntervalMs);
	const renewing = setInterval(() => void renew([...running.keys()], input), leaseMs / 4);
	return {
		claimSoon: () => void claim(),
		async end() {
			isLeaving = true;
			clearInterval(claiming);
			ending.abort();
			await Promise.race([Promise.all(running.values()), sleep(endMsMax)]);
			clearInterval(renewing);
		},
	};
}

/** Stores what came of an item. Never rejects: an item whose end could not be stored is claimed again after its lease. */
async function settle(
	item: ClaimedItem,
	outcome: Awaited<ReturnType<typeof answerItem>>,
	{ db, publish, logger }: BatchesInput,
): Promise<void> {
	const { batchId, userId } = item;
	try {
		if (await retry(() => settleItem(db.sql, item, outcome), settleTries))
			publish(userId, { type: "batch-change", batchId });
	} catch (err) {
		logger.warn(
			{ event: "batch.settle_failed", err, batchId },
			"The end of a batch item could not be stored.",
		);
	}
}

async function renew(items: readonly ClaimedItem[], { db, logger, leaseMs }: BatchesInput): Promise<void> {
	await renewItems(db.sql, items, leaseMs).catch((err: unknown) =>
		logger.warn(
			{ event: "batch.renew_failed", err },
			"Leases of batch items could not be renewed; the next attempt follows.",
		),
	);
}
