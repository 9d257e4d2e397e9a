import type { Logger } from "pino";
import type { TurnStatus } from "../contract/turn-status.ts";
import type { Publish } from "../contract/viewer-event.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
import type { Embeddings } from "../embeddings/index.ts";
import { type Compaction, createHouse } from "../house/index.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Notices } from "../kernel/notices.ts";
import type { Models } from "../models/index.ts";
import { isSpendingPaused, topUp } from "../quota/index.ts";
import { type Breakers, createCallPermits, createQueue, createRetryBudget } from "../resilience/index.ts";
import { readConversation } from "../threads/index.ts";
import {
	createLiveTurns,
	createTurnLog,
	type DescribeModel,
	type EndedTurn,
	type Lease,
	type LiveTurns,
	startHeartbeat,
	watchStops,
	whileStorageIsAway,
} from "../turns/index.ts";
import type { PriceBook } from "../usage/index.ts";
import { runTurn } from "./run-turn.ts";
import { toShadowPlan } from "./shadow-plan.ts";
import { type ProcessRooms, toTurnRooms } from "./turn-rooms.ts";

export interface EngineInput extends DatabaseOrTransaction {
	readonly models: Models;
	readonly clock: Clock;
	readonly breakers: Breakers;
	readonly lease: Lease;
	readonly priceBook: Pick<PriceBook, "find">;
	/** The routing policy in force for a person; null without one. */
	readonly findPolicy: ProcessRooms["findPolicy"];
	/** What the whole site may spend in a month; null without a budget. */
	readonly siteNanoUsd: bigint | null;
	/** Processes that serve this database, as far as is known. */
	readonly instances: number;
	/** How long the log of an ended turn is kept. */
	readonly logRetentionMs: number;
	/** True when no other process can be running turns on this database: what is still open there is an orphan at once. */
	readonly isAlone: boolean;
	readonly embeddings: Pick<Embeddings, "embedder" | "read" | "embedThread">;
	/** Whether threads get titles by a model. */
	readonly writesTitles: boolean;
	readonly publish: Publish;
	readonly notices: Notices;
	readonly logger: Logger;
}

/** What runs turns in this process. */
export interface TurnEngine {
	/** Summaries that a person asks for. */
	readonly compaction: Compaction;
	readonly live: LiveTurns;
	/** Ends what runs: live turns get `ms` to end by themselves, the rest is interrupted. */
	drain(ms: number): Promise<void>;
}

/** How often readers of live turns check their session. */
const readersCheckMs = 2_000;

/** Starts to run turns: the corridor under queue and breakers, leases renewed, orphans swept, stops noticed. */
export function startTurnEngine(input: EngineInput): TurnEngine {
	const { sql, models, lease, notices, logger, siteNanoUsd, clock, instances } = input;
	const { find: findPrice } = input.priceBook;
	const queue = createQueue({ clock, instances });
	const shared = toProcessRooms(input, createCallPermits({ breakers: input.breakers, queue }));
	const describe: DescribeModel = (modelId, startedAtMs) => {
		const { providerId = "unknown", providerModelId = modelId } = models.find(modelId) ?? {};
		return { providerId, providerModelId, price: findPrice(modelId, startedAtMs) };
	};
	const house = createHouse({ ...input, ...shared, models, logger, findPrice });
	const announceEnd = (turn: EndedTurn, status: TurnStatus) => announce(turn, status, input.publish);
	const live = createLiveTurns({
		sql,
		turnLog: createTurnLog(sql),
		run: (turn, running) => runTurn(turn, toTurnRooms(turn, running, shared)),
		describe,
		hold: (turn, more) => topUp(sql, turn, { ...more, siteNanoUsd }),
		logger,
		onEnd(turn, { status }) {
			announceEnd(turn, status);
			if (status !== "complete" || turn.priority !== "people") return;
			house.noteAnswer({ ...turn, answeredBy: turn.modelId });
			// A road that the person asked for says nothing about the policy.
			const plan = turn.requestedModel === "auto" ? toShadowPlan(input.findPolicy(turn.userId)) : null;
			if (plan) house.noteRoute(turn, plan);
		},
	});
	const heartbeat = startHeartbeat({ ...input, live, announceEnd, describe });
	const stops = watchStops({ sql, lease, live, notices });
	const readersCheck = setInterval(live.wakeReaders, readersCheckMs);
	return {
		live,
		compaction: house.compaction,
		async drain(ms) {
			heartbeat.leaveOrphans();
			await Promise.all([live.drain(ms), house.drain()]);
			queue.close();
			house.stop();
			heartbeat.stop();
			stops.stop();
			clearInterval(readersCheck);
		},
	};
}

/** What all turns of the process share. */
function toProcessRooms(
	{ sql, models, clock, priceBook, findPolicy, logger, instances, embeddings }: EngineInput,
	permits: ProcessRooms["permits"],
): ProcessRooms {
	return {
		models,
		readConversation: ({ userMessageId: messageId, userId, contextStrategy: strategy }, tokensMax) =>
			whileStorageIsAway(() => readConversation(sql, { messageId, userId, strategy }, tokensMax)),
		readVectors: embeddings.read,
		isSpendingPaused: (by) => whileStorageIsAway(() => isSpendingPaused(sql, by)),
		clock,
		findPrice: priceBook.find,
		findPolicy,
		logger,
		retryBudget: createRetryBudget({ clock, instances }),
		permits,
	};
}

/** Tells the person's open tabs that a turn has ended; a batch reports its own progress. */
function announce(turn: EndedTurn, status: TurnStatus, publish: Publish): void {
	if (turn.priority === "background") return;
	const { threadId, turnId, assistantMessageId } = turn;
	publish(turn.userId, { type: "turn-end", threadId, turnId, assistantMessageId, status });
}
