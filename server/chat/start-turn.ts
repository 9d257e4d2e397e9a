import type { Sql } from "postgres";
import { continuationTokens, countMessageTokens } from "../context/index.ts";
import { AppError } from "../contract/errors.ts";
import type { UserId } from "../contract/ids.ts";
import type { Priority } from "../contract/kinds.ts";
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
		by: { priority: Priority; accept: (by: QuotedAcceptor) => Promise<AcceptedTurn> },
	): Promise<TurnIds> {
		if (rooms.isDraining())
			throw new AppError("draining", "This server is shutting down: send again in a moment.");
		const { userId } = asked;
		const { priority } = by;
		const turn = await by.accept({ userId, lease, priority, quote: await quoteTurn(asked, rooms) });
		if (turn.isReplay) await onReplay?.();
		else begin(turn);
		const { threadId, turnId, userMessageId, assistantMessageId } = turn;
		return { threadId, turnId, userMessageId, assistantMessageId };
	}

	function begin(turn: AcceptedTurn): void {
		const { userId, threadId, turnId, assistantMessageId } = turn;
		rooms.run(turn);
		// A batch reports its own progress: its turns are shown in no tab.
		if (turn.priority === "background") return;
		const change = turn.isNewThread ? "created" : "activity";
		rooms.publish(userId, { type: "thread-change", threadId, change });
		rooms.publish(userId, { type: "turn-start", threadId, turnId, assistantMessageId });
	}

	return {
		async send(userId, message, priority = "people") {
			const { parts, model, threadId, parentMessageId, maxOutputTokens } = message;
			const strategy = message.context?.strategy;
			const end = parentMessageId ? { messageId: parentMessageId } : threadId && { threadId };
			const from = parentMessageId === null ? null : (end ?? null);
			const tokens = await countMessageTokens(parts);
			const asked = { userId, model, from, addedTokens: tokens, parts, maxOutputTokens, strategy };
			const counted = { ...message, tokens };
			return await start(asked, message, { priority, accept: (by) => acceptSend(sql, counted, by) });
		},
		async regenerate(userId, wanted, priority = "people") {
			const { model, maxOutputTokens } = wanted;
			const strategy = wanted.context?.strategy;
			const from = { messageId: wanted.userMessageId };
			const asked = { userId, model, from, addedTokens: 0, maxOutputTokens, strategy };
			return await start(asked, wanted, { priority, accept: (by) => acceptRegenerate(sql, wanted, by) });
		},
		async continue(userId, wanted, priority = "people") {
			const { model, maxOutputTokens } = wanted;
			const strategy = wanted.context?.strategy;
			const from = { messageId: wanted.assistantMessageId };
			const addedTokens = continuationTokens;
			const asked = { userId, model, from, isContinued: true, addedTokens, maxOutputTokens, strategy };
			return await start(asked, wanted, { priority, accept: (by) => acceptContinue(sql, wanted, by) });
		},
	};
}
