import type { Sql } from "postgres";
import { type ConversationMessage, continuationTokens, countMessageTokens } from "../context/index.ts";
import { AppError } from "../contract/errors.ts";
import type { UserId } from "../contract/ids.ts";
import type { Priority } from "../contract/kinds.ts";
import type { ModelMessage } from "../contract/model-message.ts";
import type { TurnIds } from "../contract/turn.ts";
import type { Publish } from "../contract/viewer-event.ts";
import {
	type AcceptedTurn,
	acceptContinue,
	acceptRegenerate,
	acceptSend,
	type ContinueInput,
	type Lease,
	type NamedRequest,
	type QuotedAcceptor,
	type RegenerateInput,
	type SendInput,
} from "../turns/index.ts";
import { type Asked, type QuoteRooms, quoteTurn } from "./quote-turn.ts";

export interface StartRooms extends QuoteRooms {
	readonly sql: Sql;
	readonly lease: Lease;
	readonly publish: Publish;
	/** Runs an accepted turn, detached from the request. */
	run(turn: AcceptedTurn): void;
	isDraining(): boolean;
}

/** The three ways in which a turn starts: quoted, accepted, run. */
export interface TurnStarter {
	send(userId: UserId, message: SendInput, priority?: Priority): Promise<TurnIds>;
	regenerate(userId: UserId, wanted: RegenerateInput, priority?: Priority): Promise<TurnIds>;
	continue(userId: UserId, wanted: ContinueInput, priority?: Priority): Promise<TurnIds>;
}

export function createTurnStarter(rooms: StartRooms): TurnStarter {
	const { sql, lease } = rooms;

	/** Accepts a turn, unless this process is about to end. */
	async function start(
		asked: Asked,
		{ onReplay }: NamedRequest,
		by: {
			priority: Priority;
			/** Its thread is shown in no tab: a batch reports its own progress, and a stateless call has its caller. */
			isHidden: boolean;
			accept: (by: QuotedAcceptor) => Promise<AcceptedTurn>;
		},
	): Promise<TurnIds> {
		if (rooms.isDraining())
			throw new AppError("draining", "This server is shutting down: send again in a moment.");
		const { userId } = asked;
		const { priority } = by;
		const turn = await by.accept({ userId, lease, priority, quote: await quoteTurn(asked, rooms) });
		if (turn.isReplay) await onReplay?.();
		else begin(turn, by.isHidden);
		const { threadId, turnId, userMessageId, assistantMessageId } = turn;
		return { threadId, turnId, userMessageId, assistantMessageId };
	}

	function begin(turn: AcceptedTurn, isHidden: boolean): void {
		const { userId, threadId, turnId, assistantMessageId } = turn;
		rooms.run(turn);
		if (isHidden) return;
		const change = turn.isNewThread ? "created" : "activity";
		rooms.publish(userId, { type: "thread-change", threadId, change });
		rooms.publish(userId, { type: "turn-start", threadId, turnId, assistantMessageId });
	}

	return {
		async send(userId, message, priority = "people") {
			const { model, threadId, parentMessageId, maxOutputTokens } = message;
			const strategy = message.context?.strategy;
			const end = parentMessageId ? { messageId: parentMessageId } : threadId && { threadId };
			const from = parentMessageId === null ? null : (end ?? null);
			const counted = { ...message, ...(await countSent(message)) };
			const added = [...(counted.earlier ?? []), counted];
			const asked = {
				userId,
				model,
				from,
				addedTokens: added.reduce((sum, { tokens }) => sum + tokens, 0),
				parts: added.flatMap((each) => each.parts),
				maxOutputTokens,
				strategy,
			};
			const isHidden = message.earlier !== undefined || priority === "background";
			const accept = (by: QuotedAcceptor) => acceptSend(sql, counted, by);
			return await start(asked, message, { priority, isHidden, accept });
		},
		async regenerate(userId, wanted, priority = "people") {
			const { model, maxOutputTokens } = wanted;
			const strategy = wanted.context?.strategy;
			const from = { messageId: wanted.userMessageId };
			const asked = { userId, model, from, addedTokens: 0, maxOutputTokens, strategy };
			const accept = (by: QuotedAcceptor) => acceptRegenerate(sql, wanted, by);
			return await start(asked, wanted, { priority, isHidden: priority === "background", accept });
		},
		async continue(userId, wanted, priority = "people") {
			const { model, maxOutputTokens } = wanted;
			const strategy = wanted.context?.strategy;
			const from = { messageId: wanted.assistantMessageId };
			const addedTokens = continuationTokens;
			const asked = { userId, model, from, isContinued: true, addedTokens, maxOutputTokens, strategy };
			const accept = (by: QuotedAcceptor) => acceptContinue(sql, wanted, by);
			return await start(asked, wanted, { priority, isHidden: priority === "background", accept });
		},
	};
}

/** The tokens of a message and of what came before it. */
async function countSent({ parts, earlier }: SendInput) {
	const count = async (message: ModelMessage): Promise<ConversationMessage> => ({
		...message,
		tokens: await countMessageTokens(message.parts),
	});
	return {
		tokens: await countMessageTokens(parts),
		earlier: earlier && (await Promise.all(earlier.map(count))),
	};
}
