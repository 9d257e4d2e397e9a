import type { ErrorCode } from "../../contract/errors.ts";
import type { UserId } from "../../contract/ids.ts";
import type { CacheWish } from "../../contract/kinds.ts";
import type { ModelMessage } from "../../contract/model-message.ts";
import type { SentContext } from "../../contract/sent-context.ts";
import type { CallPurpose, TokenUsage, TurnEvent } from "../../contract/turn.ts";
import type { TerminalStatus } from "../../contract/turn-status.ts";
import type { CatalogueModel } from "../../models/index.ts";
import type { FailureClass } from "../failures/rules.ts";
import type { QueueRequest } from "../queue/queue.ts";

/** What calling models emits: events of the turn's log, without those of the turn as a whole. */
export type CallEvent = Extract<
	TurnEvent,
	{
		type:
			| "queue-move"
			| "context-fit"
			| "attempt-start"
			| "attempt-end"
			| "model-load"
			| "text-delta"
			| "reasoning-delta";
	}
>;

/** How calling models ended. `class` names the failure, also the one beside a complete answer that no filter has judged. */
export interface Ending {
	readonly status: TerminalStatus;
	readonly code?: ErrorCode;
	readonly class?: FailureClass;
	readonly retryAfterMs?: number | null;
}

/** A conversation as it is sent to one model. */
export interface FittedPrompt {
	readonly messages: readonly ModelMessage[];
	readonly inputTokens: number;
	/** For how long the provider is asked to keep it. */
	readonly cacheWish?: CacheWish;
	/** Older messages that were left out. */
	readonly omittedMessages: number;
	readonly maxOutputTokens: number;
	/** What is sent of the conversation; null or absent: all of it, or no conversation. */
	readonly sent?: SentContext | null;
}

/** One call that was made, as far as later decisions of the turn depend on it. */
export interface MadeCall {
	readonly attempt: number;
	readonly purpose: CallPurpose;
	readonly model: CatalogueModel;
	readonly usage: TokenUsage;
	/** It said something: text or reasoning. */
	readonly hasContent: boolean;
}

/** The paid calls of a turn: what was made, and whether one more may be. */
export interface CallLedger {
	readonly made: readonly MadeCall[];
	/** Holds what one more call may cost at most; false when the turn's limits have no room, and then the call is not made. */
	cover(next: {
		readonly modelId: string;
		readonly inputTokens: number;
		readonly outputTokens: number;
	}): Promise<boolean>;
	record(call: MadeCall): void;
}

/** A request for an answer of one of several models. */
export interface AnswerRequest {
	/** Null for a call that the server makes for itself. */
	readonly turnId: string | null;
	/** What the call of this number is called towards its provider. */
	toName(attempt: number): string;
	readonly userId: UserId;
	readonly priority: QueueRequest["priority"];
	readonly purpose: CallPurpose;
	/** The model that was chosen, then those that may answer in its place. */
	readonly chain: readonly CatalogueModel[];
	readonly calls: CallLedger;
	/** What a provider's prompt cache knows the turn's thread by. */
	readonly cacheKey?: string | undefined;
	/** Of one answer, whatever the model and the window allow. */
	readonly maxOutputTokens: number;
	/** When content or a typed failure is due, by the monotonic clock. */
	readonly expiresAt: number;
	/** When everything has ended, by the same. */
	readonly endsAt: number;
	/** Fits the conversation, with what the person has of the answer by now, to a model. @throws AppError `context_too_long` */
	fit(model: CatalogueModel): Promise<FittedPrompt>;
	/** Takes what models say, and what becomes of their calls, as it comes: shown, or held back and judged. */
	emit(event: CallEvent): void;
	/** Whether spending on the model is paused, as it was at most a second ago. */
	isSpendingPaused(modelId: string): Promise<boolean>;
	/** Whether the person has some text of the answer. */
	hasText(): boolean;
	/** Aborted with the reason why the turn has to end. */
	readonly signal: AbortSignal;
	/** How a turn ends whose end was requested for this reason. */
	toRequestedEnding(reason: unknown): Ending;
	/** The turn waits in a queue and may be taken over by another process until `beforeCall`. */
	onQueue(): void;
	/** Awaited before each call of the turn, by its number and model, after its `attempt-start`: from here on a crash may have cost money. */
	beforeCall(call: { readonly attempt: number; readonly modelId: string }): Promise<void>;
}
