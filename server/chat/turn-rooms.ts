import { createHash } from "node:crypto";
import type { PublishedPolicy } from "../cascade/index.ts";
import { type Conversation, type MessageVectors, toReadTokensMax } from "../context/index.ts";
import { isAppError } from "../contract/errors.ts";
import type { UserId } from "../contract/ids.ts";
import { toCallName } from "../contract/turn.ts";
import type { Models } from "../models/index.ts";
import { type CallRooms, callModels, type MadeCall } from "../resilience/index.ts";
import type { AcceptedTurn, RunningTurn } from "../turns/index.ts";
import { openTurnLedger, type PriceBook, toCallUsage } from "../usage/index.ts";
import { toRequestedEnding } from "./outcome.ts";
import type { TurnRooms } from "./run-turn.ts";
import { watchPauses } from "./watch-pauses.ts";

/** What all turns of a process share. */
export interface ProcessRooms extends Omit<CallRooms, "toUsage"> {
	readonly models: Pick<Models, "find" | "default" | "list" | "open">;
	readonly findPrice: PriceBook["find"];
	/** The policy that is in force for a person; null without one. */
	findPolicy(userId: UserId): PublishedPolicy | null;
	/** What a turn answers, as far back as that many tokens reach. */
	readConversation(turn: AcceptedTurn, tokensMax: number): Promise<Conversation>;
	/** The vectors of messages that are there. */
	readVectors(messageIds: readonly string[]): Promise<MessageVectors>;
	/** Whether a pause forbids what a person would spend on a model. */
	isSpendingPaused(by: { readonly userId: UserId; readonly modelId: string }): Promise<boolean>;
}

/** The rooms of the corridor for one turn: what they share, bound to whom the turn is for and to its own record. */
export function toTurnRooms(turn: AcceptedTurn, running: RunningTurn, shared: ProcessRooms): TurnRooms {
	const { models, clock, findPrice } = shared;
	const { reservation, turnId, userId, priority } = turn;
	const isPaused = watchPauses(turn, clock, (modelId) => shared.isSpendingPaused({ userId, modelId }));
	return {
		running,
		models,
		clock,
		policy: shared.findPolicy(userId),
		openLedger: () =>
			openTurnLedger<MadeCall>({
				reserved: { nanoUsd: reservation.reservedNanoUsd, tokens: reservation.reservedTokens },
				findPrice,
				hold: running.hold,
			}),
		readConversation: async () => {
			if (turn.conversation) return turn.conversation;
			return await shared.readConversation(turn, toReadTokensMax(models.list()));
		},
		async readVectors(messageIds) {
			try {
				return await shared.readVectors(messageIds);
			} catch (err) {
				const words = "Vectors of messages could not be read: they are compared by their words alone.";
				shared.logger.error({ event: "turn.vectors_not_read", err, turnId }, words);
				return new Map();
			}
		},
		findPrices(modelId) {
			const { id, prices } = findPrice(modelId);
			return id === null ? null : prices;
		},
		logFailure(err) {
			if (isAppError(err) && err.code !== "internal") return;
			shared.logger.error({ event: "turn.failed", err, turnId }, "A turn failed for a reason of our own.");
		},
		callModels: ({ maxOutputTokens = reservation.maxOutputTokens, ...request }) =>
			callModels(
				{
					...request,
					turnId,
					toName: (attempt) => toCallName(turnId, attempt),
					cacheKey: toCacheKey(turn),
					userId,
					priority,
					maxOutputTokens: Math.min(maxOutputTokens, reservation.maxOutputTokens),
					isSpendingPaused: isPaused,
					signal: running.signal,
					toRequestedEnding,
					onQueue: running.markQueued,
					beforeCall: (call) =>
						recordCall(running, {
							isKnown: call.attempt === 1 && call.modelId === turn.modelId && request.purpose === "answer",
						}),
				},
				{ ...shared, toUsage: toCallUsage },
			),
	};
}

/** A thread's requests begin alike. The key is the thread's alone and tells a provider nothing of it. */
const toCacheKey = ({ threadId }: AcceptedTurn): string =>
	createHash("sha256").update(`prompt cache of ${threadId}`).digest("base64url");

/**
 * Makes sure that a crash leaves a record of the call that is about to be made. Of a turn that dies without any call in its log the
 * sweep books one answer of the model that was quoted by itself; every other call has to be stored before it is made.
 */
async function recordCall(running: RunningTurn, { isKnown }: { isKnown: boolean }): Promise<void> {
	await running.markRunning();
	if (!isKnown) await running.settle();
}
