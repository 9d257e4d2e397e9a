import type { Logger } from "pino";
import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import type { TurnId, UserId } from "../contract/ids.ts";
import type { LoggedEvent, TurnIds } from "../contract/turn.ts";
import type { TurnStatus } from "../contract/turn-status.ts";
import type { Publish } from "../contract/viewer-event.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Notices } from "../kernel/notices.ts";
import type { Models } from "../models/index.ts";
import { isSpendingPaused, topUp } from "../quota/index.ts";
import { type Breakers, createCallPermits, createQueue, createRetryBudget } from "../resilience/index.ts";
import { readBranch } from "../threads/index.ts";
import {
	createLiveTurns,
	createRemoteLogs,
	createTurnLog,
	type DescribeModel,
	type EndedTurn,
	type FollowInput,
	followTurn,
	type Lease,
	readReply,
	requestStop,
	type SendInput,
	startHeartbeat,
	type TurnReply,
	watchStops,
	whileStorageIsAway,
} from "../turns/index.ts";
import type { PriceBook } from "../usage/index.ts";
import { runTurn } from "./run-turn.ts";
import { createTurnStarter, type TurnStarter } from "./start-turn.ts";
import { type ProcessRooms, toTurnRooms } from "./turn-rooms.ts";

/** Starting a turn throws AppError: `unknown_model`, `not_found`, `turn_live`, `idempotency_conflict`, `draining`, or a refused limit. */
export interface Chat extends TurnStarter {
	/**
	 * Sends, and waits for the end of the turn wherever it runs; the end is a value, also of a turn that failed. A caller that
	 * stops waiting does not stop the turn.
	 *
	 * @throws AppError as `send`; `timeout` when the turn has not ended after 300 s, `unauthorized` when the session ends.
	 */
	complete(
		viewer: { readonly userId: UserId },
		input: SendInput,
		signal: AbortSignal | undefined,
	): Promise<TurnIds & TurnReply>;
	/** The end of a person's turn, wherever it runs, or null when the signal comes first. @throws AppError `not_found` */
	awaitReply(userId: UserId, turnId: TurnId, signal: AbortSignal): Promise<TurnReply | null>;
	/** Whether a request under this name was accepted before: to send it again changes nothing. */
	hasAccepted(userId: UserId, clientMessageId: string): Promise<boolean>;
	/** `confirmed`: the turn is closed. `requested`: the instance that runs it will see the request. */
	stop(userId: UserId, turnId: TurnId): Promise<{ status: "requested" | "confirmed" }>;
	follow(
		viewer: { readonly userId: UserId },
		input: FollowInput,
		signal: AbortSignal | undefined,
	): AsyncGenerator<LoggedEvent, void>;
	/** Refuses new turns from now on; live ones get `ms` to end by themselves. */
	drain(ms: number): Promise<void>;
}

/** How long `complete` waits for a turn: as long as its stream may last. */
const completeMsMax = 300_000;

/** For whom a turn's events are read, and until when. */
interface ReadBy {
	readonly signal: AbortSignal | undefined;
	isStillValid(): Promise<boolean>;
}

export interface ChatInput {
	readonly sql: Sql;
	readonly models: Models;
	readonly clock: Clock;
	readonly breakers: Breakers;
	readonly lease: Lease;
	readonly priceBook: Pick<PriceBook, "find">;
	/** What the whole site may spend in a month; null without a budget. */
	readonly siteNanoUsd: bigint | null;
	/** Processes that serve this database, as far as is known. */
	readonly instances: number;
	/** How long the log of an ended turn is kept. */
	readonly logRetentionMs: number;
	/** True when no other process can be running turns on this database: what is still open there is an orphan at once. */
	readonly isAlone: boolean;
	readonly publish: Publish;
	readonly notices: Notices;
	readonly logger: Logger;
	isStillValid(viewer: { readonly userId: UserId }): Promise<boolean>;
}

/** The chat room of one process, with its heartbeat: leases renewed and orphans swept until it is drained. */
export function createChat(input: ChatInput): Chat {
	const { sql, models, clock, lease, publish, notices, logger, siteNanoUsd, instances } = input;
	const announceEnd = (turn: EndedTurn, status: TurnStatus) => {
		if (turn.priority === "background") return;
		const { threadId, turnId, assistantMessageId } = turn;
		publish(turn.userId, { type: "turn-end", threadId, turnId, assistantMessageId, status });
	};
	const { find: findPrice } = input.priceBook;
	const queue = createQueue({ clock, instances });
	const shared: ProcessRooms = {
		models,
		readBranch: (messageId, tokensMax) => whileStorageIsAway(() => readBranch(sql, messageId, tokensMax)),
		isSpendingPaused: (by) => whileStorageIsAway(() => isSpendingPaused(sql, by)),
		clock,
		findPrice,
		logger,
		retryBudget: createRetryBudget({ clock, instances }),
		permits: createCallPermits({ breakers: input.breakers, queue }),
	};
	const describe: DescribeModel = (modelId, startedAtMs) => {
		const { providerId = "unknown", providerModelId = modelId } = models.find(modelId) ?? {};
		return { providerId, providerModelId, price: findPrice(modelId, startedAtMs) };
	};
	const live = createLiveTurns({
		sql,
		turnLog: createTurnLog(sql),
		run: (turn, running) => runTurn(turn, toTurnRooms(turn, running, shared)),
		describe,
		hold: (turn, more) => topUp(sql, turn, { ...more, siteNanoUsd }),
		logger,
		onEnd: (turn, { status }) => announceEnd(turn, status),
	});
	const remoteLogs = createRemoteLogs(sql);
	const heartbeat = startHeartbeat({ ...input, live, announceEnd, describe });
	const stops = watchStops({ sql, lease, live, notices });
	const readersPoll = setInterval(live.wakeReaders, 2_000);
	let isDraining = false;
	const starter = createTurnStarter({
		sql,
		models,
		findPrice,
		siteNanoUsd,
		lease,
		publish,
		run: live.start,
		isDraining: () => isDraining,
	});

	/** The turn's events as their reader gets them. */
	function readEvents(userId: UserId, from: FollowInput, by: ReadBy) {
		return followTurn(userId, from, { ...{ sql, remoteLogs, find: live.find }, ...by });
	}

	return {
		...starter,
		async complete(viewer, message, signal) {
			const ids = await starter.send(viewer.userId, message, "api");
			const { turnId } = ids;
			const late = AbortSignal.timeout(completeMsMax);
			const by = {
				signal: signal ? AbortSignal.any([signal, late]) : late,
				isStillValid: () => input.isStillValid(viewer),
			};
			const reply = await readReply(readEvents(viewer.userId, { turnId, after: null }, by));
			if (reply) return { ...ids, ...reply };
			const words = "The answer is still being written: send again under the same name to go on waiting.";
			throw new AppError("timeout", words, { details: { turnId, threadId: ids.threadId } });
		},
		awaitReply: (userId, turnId, signal) =>
			readReply(readEvents(userId, { turnId, after: null }, { signal, isStillValid: async () => true })),
		async hasAccepted(userId, clientMessageId) {
			const found = await sql`
				select from turns where user_id = ${userId} and client_message_id = ${clientMessageId}`;
			return found.length > 0;
		},
		stop: (userId, turnId) => requestStop({ sql, live, notices }, { userId, turnId }),
		follow: (viewer, from, signal) =>
			readEvents(viewer.userId, from, { signal, isStillValid: () => input.isStillValid(viewer) }),
		async drain(ms) {
			isDraining = true;
			heartbeat.leaveOrphans();
			await live.drain(ms);
			queue.close();
			heartbeat.stop();
			stops.stop();
			clearInterval(readersPoll);
		},
	};
}
