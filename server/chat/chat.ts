import type { Logger } from "pino";
import type { Sql } from "postgres";
import { AppError, isAppError } from "../contract/errors.ts";
import type { TurnId, UserId } from "../contract/ids.ts";
import type { LoggedEvent, ModelMessage, TurnIds, TurnStatus } from "../contract/turn.ts";
import type { Publish } from "../contract/viewer-event.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Notices } from "../kernel/notices.ts";
import type { Models } from "../models/index.ts";
import { isSpendingPaused, type OpenModels, readOpenModels, topUp } from "../quota/index.ts";
import { type Breakers, createCallPermits, createQueue, createRetryBudget } from "../resilience/index.ts";
import { readBranch } from "../threads/index.ts";
import {
	type AcceptedTurn,
	acceptContinue,
	acceptRegenerate,
	acceptSend,
	type ContinueInput,
	createLiveTurns,
	createRemoteLogs,
	createTurnLog,
	type EndedTurn,
	type FollowInput,
	followTurn,
	hearStops,
	type Lease,
	type NamedRequest,
	type Priority,
	type QuotedAcceptor,
	type RegenerateInput,
	readReply,
	requestStop,
	type SendInput,
	startHeartbeat,
	type TurnReply,
	whileStorageIsAway,
} from "../turns/index.ts";
import type { PriceBook } from "../usage/index.ts";
import { continuation } from "./answer.ts";
import { type Asked, quoteTurn } from "./quote-turn.ts";
import { runTurn } from "./run-turn.ts";

export interface Chat {
	/** @throws AppError `unknown_model`, `not_found`, `turn_live`, `idempotency_conflict`, `draining`. */
	send(userId: UserId, input: SendInput, priority?: Priority): Promise<TurnIds>;
	/** A further answer to the same user message; errors as `send`. */
	regenerate(userId: UserId, input: RegenerateInput, priority?: Priority): Promise<TurnIds>;
	/** The same answer goes on where it ended; errors as `send`, and `invalid_request` when there is nothing to continue. */
	continue(userId: UserId, input: ContinueInput, priority?: Priority): Promise<TurnIds>;
	/**
	 * Sends, and waits for the end of the turn wherever it runs; the end is a value, also of a turn that failed. Who stops
	 * waiting does not stop the turn.
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
	const { sql, models, clock, lease, publish, notices, logger } = input;
	const announceEnd = (turn: EndedTurn, status: TurnStatus) => {
		if (turn.priority === "background") return;
		const { threadId, turnId, assistantMessageId } = turn;
		publish(turn.userId, { type: "turn-end", threadId, turnId, assistantMessageId, status });
	};
	const { find: findPrice } = input.priceBook;
	const quoteRooms = { sql, models, findPrice, siteNanoUsd: input.siteNanoUsd };
	const retryBudget = createRetryBudget({ clock, instances: input.instances });
	const queue = createQueue({ clock, instances: input.instances });
	const permits = createCallPermits({ breakers: input.breakers, queue });
	const rooms = {
		...{ models, clock, findPrice, readBranch: readMessages, retryBudget, permits, logger },
		isSpendingPaused: (by: { userId: UserId; modelId: string }) =>
			whileStorageIsAway(() => isSpendingPaused(sql, by)),
	};
	const live = createLiveTurns({
		sql,
		turnLog: createTurnLog(sql),
		run: (turn, running) => runTurn(turn, { ...rooms, ...running }),
		hold: (turn, more) => topUp(sql, turn, { ...more, siteNanoUsd: input.siteNanoUsd }),
		logger,
		onEnd: (turn, { status }) => announceEnd(turn, status),
	});
	async function readMessages({ firstText, userMessageId }: AcceptedTurn, charactersMax: number) {
		if (firstText !== null) return [{ role: "user", text: firstText }] satisfies ModelMessage[];
		return await whileStorageIsAway(() => readBranch(sql, userMessageId, charactersMax));
	}
	const remoteLogs = createRemoteLogs(sql);
	const heartbeat = startHeartbeat({
		...{ ...input, live, announceEnd },
		describe(modelId, startedAtMs) {
			const model = models.find(modelId);
			const { providerId = "unknown", providerModelId = modelId } = model ?? {};
			return { providerId, providerModelId, price: findPrice(modelId, startedAtMs) };
		},
	});
	const stops = hearStops({ sql, lease, live, notices });
	const glance = setInterval(live.wakeReaders, 2_000);
	let isDraining = false;

	async function begin(turn: AcceptedTurn, { onReplay }: NamedRequest): Promise<TurnIds> {
		const { threadId, turnId, userMessageId, assistantMessageId } = turn;
		if (turn.isReplay) await onReplay?.();
		else {
			live.start(turn);
			// Nobody watches it: whoever asked for it tells how far it is.
			if (turn.priority === "background") return { threadId, turnId, userMessageId, assistantMessageId };
			const change = turn.firstText !== null ? "created" : "activity";
			publish(turn.userId, { type: "thread-change", threadId, change });
			publish(turn.userId, { type: "turn-start", threadId, turnId, assistantMessageId });
		}
		return { threadId, turnId, userMessageId, assistantMessageId };
	}

	/** Accepts a turn, unless this process is about to end; `auto` becomes a model that the plan leaves open. */
	async function admit(
		asked: Asked & { readonly request: NamedRequest },
		accept: (by: QuotedAcceptor) => Promise<AcceptedTurn>,
		priority: Priority = "people",
	): Promise<TurnIds> {
		if (isDraining) throw new AppError("draining", "This server is shutting down: send again in a moment.");
		const { userId, request } = asked;
		const acceptAs = async (open?: OpenModels) =>
			await accept({ userId, lease, priority, quote: await quoteTurn({ ...asked, open }, quoteRooms) });
		try {
			return await begin(await acceptAs(), request);
		} catch (error) {
			if ((asked.model ?? "auto") !== "auto" || !isAppError(error) || error.code !== "forbidden") throw error;
			return await begin(await acceptAs(await readOpenModels(sql, userId)), request);
		}
	}

	async function send(userId: UserId, message: SendInput, priority?: Priority): Promise<TurnIds> {
		const { text, model, threadId, parentMessageId, maxOutputTokens } = message;
		const end = parentMessageId ? { messageId: parentMessageId } : threadId && { threadId };
		const from = parentMessageId === null ? null : (end ?? null);
		const added = [{ role: "user", text }] as const;
		const asked = { request: message, userId, model, from, added, maxOutputTokens };
		return await admit(asked, (by) => acceptSend(sql, message, by), priority);
	}

	/** The turn's events as their reader gets them. */
	function readEvents(userId: UserId, from: FollowInput, by: ReadBy) {
		return followTurn(userId, from, { ...{ sql, remoteLogs, find: live.find }, ...by });
	}

	return {
		send,
		async complete(viewer, message, signal) {
			const ids = await send(viewer.userId, message, "api");
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
		async regenerate(userId, wanted, priority) {
			const from = { messageId: wanted.userMessageId };
			const { model, maxOutputTokens } = wanted;
			const asked = { request: wanted, userId, model, from, added: [], maxOutputTokens };
			return await admit(asked, (by) => acceptRegenerate(sql, wanted, by), priority);
		},
		async continue(userId, wanted, priority) {
			const from = { messageId: wanted.assistantMessageId };
			const added = [{ role: "user", text: continuation }] as const;
			const { model, maxOutputTokens } = wanted;
			const asked = { request: wanted, userId, model, from, added, maxOutputTokens };
			return await admit(asked, (by) => acceptContinue(sql, wanted, by), priority);
		},
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
			clearInterval(glance);
		},
	};
}
