import { AppError } from "../contract/errors.ts";
import type { TurnId, UserId } from "../contract/ids.ts";
import type { LoggedEvent, TurnIds } from "../contract/turn.ts";
import type { Compaction } from "../house/index.ts";
import {
	createRemoteLogs,
	type FollowInput,
	followTurn,
	hasAcceptedTurn,
	readReply,
	requestStop,
	type SendInput,
	type TurnReply,
} from "../turns/index.ts";
import { createTurnStarter, type TurnStarter } from "./start-turn.ts";
import { type EngineInput, startTurnEngine } from "./turn-engine.ts";

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
	/** Compact now: summaries that a person asks for. */
	readonly compaction: Compaction;
	/** Refuses new turns from now on; live ones get `ms` to end by themselves. */
	drain(ms: number): Promise<void>;
}

export interface ChatInput extends EngineInput {
	isStillValid(viewer: { readonly userId: UserId }): Promise<boolean>;
}

/** How long `complete` waits for a turn: as long as its stream may last. */
const completeMsMax = 300_000;

/** For whom a turn's events are read, and until when. */
interface ReadBy {
	readonly signal: AbortSignal | undefined;
	isStillValid(): Promise<boolean>;
}

/** The chat room of one process: it runs turns until it is drained. */
export function createChat(input: ChatInput): Chat {
	const { sql, orm, notices } = input;
	const { live, compaction, drain } = startTurnEngine(input);
	const remoteLogs = createRemoteLogs(sql);
	let isDraining = false;
	const starter = createTurnStarter({
		...input,
		findPrice: input.priceBook.find,
		run: live.start,
		isDraining: () => isDraining,
	});
	const readEvents = (userId: UserId, from: FollowInput, by: ReadBy) =>
		followTurn(userId, from, { sql, remoteLogs, find: live.find, ...by });

	return {
		...starter,
		compaction,
		async complete(viewer, message, signal) {
			const ids = await starter.send(viewer.userId, message, "api");
			const { turnId, threadId } = ids;
			const late = AbortSignal.timeout(completeMsMax);
			const by = {
				signal: signal ? AbortSignal.any([signal, late]) : late,
				isStillValid: () => input.isStillValid(viewer),
			};
			const reply = await readReply(readEvents(viewer.userId, { turnId, after: null }, by));
			if (reply) return { ...ids, ...reply };
			const words = "The answer is still being written: send again under the same name to go on waiting.";
			throw new AppError("timeout", words, { details: { turnId, threadId } });
		},
		awaitReply: (userId, turnId, signal) =>
			readReply(readEvents(userId, { turnId, after: null }, { signal, isStillValid: async () => true })),
		hasAccepted: (userId, clientMessageId) => hasAcceptedTurn(input, userId, clientMessageId),
		stop: (userId, turnId) => requestStop({ orm, live, notices }, { userId, turnId }),
		follow: (viewer, from, signal) =>
			readEvents(viewer.userId, from, { signal, isStillValid: () => input.isStillValid(viewer) }),
		async drain(ms) {
			isDraining = true;
			await drain(ms);
		},
	};
}
