/**
 * The words of a turn: every room may import this file, and it imports nothing but zod and the kernel.
 *
 * A **thread** is a tree of **messages**. A **turn** answers one user message with one assistant message. A turn makes
 * **attempts** (model calls). Everything that a reader can see of a turn is an **event**, appended to the turn's log in
 * dense order and named by its event id `<epoch>.<seq>`.
 */
import * as z from "zod";
import type { ErrorCode } from "./errors.ts";
import type { MessageId, ThreadId, TurnId } from "./ids.ts";

/** `queued -> running -> one terminal status`. No transition leaves a terminal status. */
export const liveStatuses = ["queued", "running"] as const;
export const terminalStatuses = [
	"complete",
	"stopped",
	"failed",
	"filtered_request",
	"filtered_response",
	"interrupted",
	"expired_in_queue",
] as const;
export type TerminalStatus = (typeof terminalStatuses)[number];
export type TurnStatus = (typeof liveStatuses)[number] | TerminalStatus;

/** How much a usage figure can be trusted, best first. */
export const usageSources = ["provider_final", "provider_partial", "tokenizer", "estimate"] as const;
export type UsageSource = (typeof usageSources)[number];

/**
 * Tokens of one model call, by class. `inputTokens` includes those read from a cache and those written to one (for 5 minutes
 * and for 1 hour), `outputTokens` includes the reasoning ones. A receipt stored before cache writes were read has none.
 */
export const tokenUsage = z.object({
	inputTokens: z.number().int().nonnegative(),
	cachedInputTokens: z.number().int().nonnegative(),
	/** Written to a cache that lasts 5 minutes, or as long as the provider's default. */
	cacheWriteTokens: z.number().int().nonnegative().default(0),
	/** Written to a cache that lasts 1 hour. */
	cacheWrite1hTokens: z.number().int().nonnegative().default(0),
	outputTokens: z.number().int().nonnegative(),
	reasoningTokens: z.number().int().nonnegative(),
	source: z.enum(usageSources),
});
export type TokenUsage = z.infer<typeof tokenUsage>;

/** A stretch of an answer: from this character on (UTF-16 code units of the whole text) this model wrote it. */
export const modelSpan = z.object({ modelId: z.string(), fromCharacter: z.number().int().nonnegative() });
export type ModelSpan = z.infer<typeof modelSpan>;

/** What the line under an answer shows. `costNanoUsd` is a decimal string, null while nothing is priced. */
export const receipt = z.object({
	modelId: z.string().nullable(),
	attempts: z.number().int().nonnegative(),
	usage: tokenUsage.nullable(),
	firstTokenMs: z.number().nullable(),
	durationMs: z.number(),
	finishReason: z.string().nullable(),
	costNanoUsd: z.string().nullable(),
	/** Who wrote what of this turn, in order. */
	modelSpans: z.array(modelSpan).optional(),
	/** Why the answer is missing, ends early or was not filtered: the class of the failure, and until when the provider asked to wait. */
	failure: z.object({ class: z.string(), retryAt: z.string().nullable() }).optional(),
});
export type Receipt = z.infer<typeof receipt>;

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
	z.object({ type: z.literal(type), ...shape });

/** Version 1 of the event language. Types and fields may be added; none changes its meaning or goes away. */
export const turnEvent = z.discriminatedUnion("type", [
	event("turn-start", {
		version: z.literal(1),
		turnId: z.string(),
		threadId: z.string(),
		userMessageId: z.string(),
		assistantMessageId: z.string(),
	}),
	event("queue-move", { position: z.number().int(), etaMs: z.number().nullable() }),
	event("context-fit", {
		inputTokens: z.number().int(),
		contextWindow: z.number().int(),
		/** At least so many older ones; only what the window could hold is read. Never 0 when something was left out. */
		omittedMessages: z.number().int(),
	}),
	/** `requestedModel` is a model or `auto`; the reason is for people. */
	event("route-choose", { requestedModel: z.string(), modelId: z.string(), reason: z.string() }),
	event("attempt-start", { attempt: z.number().int(), modelId: z.string() }),
	event("attempt-end", { attempt: z.number().int(), outcome: z.string() }),
	event("text-delta", { text: z.string() }),
	event("reasoning-delta", { text: z.string() }),
	/** Replaces all answer text (and drops all reasoning) seen so far. */
	event("text-reset", { text: z.string() }),
	event("turn-end", {
		status: z.enum(terminalStatuses),
		code: z.custom<ErrorCode>((value) => typeof value === "string").optional(),
		receipt,
	}),
]);
export type TurnEvent = z.infer<typeof turnEvent>;
export type TurnEnd = Extract<TurnEvent, { type: "turn-end" }>;

/** An event with its place in the log. `seq` starts at 1 and is dense; `epoch` counts the turn's owners from 1. */
export interface LoggedEvent {
	readonly epoch: number;
	readonly seq: number;
	readonly event: TurnEvent;
}

export interface TurnIds {
	readonly threadId: ThreadId;
	readonly turnId: TurnId;
	readonly userMessageId: MessageId;
	readonly assistantMessageId: MessageId;
}

/** One message as a model reads it. */
export interface ModelMessage {
	readonly role: "system" | "user" | "assistant";
	readonly text: string;
}

/** What reading a model's answer yields, whatever the provider. Exactly one `finish`, last; a failure throws instead. */
export type ModelPart =
	| {
			readonly type: "response-start";
			readonly providerRequestId: string | null;
			/** What the response said about its provider's limits; names in lower case. */
			readonly rateHeaders?: Readonly<Record<string, string>>;
	  }
	| { readonly type: "text-delta"; readonly text: string }
	| { readonly type: "reasoning-delta"; readonly text: string }
	| {
			readonly type: "finish";
			readonly finishReason: FinishReason;
			readonly usage: TokenUsage | null;
			/** The model that has answered, in the provider's own words. */
			readonly reportedModelId?: string;
			/** The provider says that its content filter was out of order and judged nothing. */
			readonly isUnfiltered?: boolean;
			/** What the call has cost, where the provider says so; it comes before what tokens and prices make. */
			readonly reportedCostNanoUsd?: bigint;
			/** The provider's word for the end, where it is none that is known; the answer is whole all the same. */
			readonly reportedFinishReason?: string;
	  };

/** `unknown` is a stream that ended without saying why: never a complete answer. */
export type FinishReason = "stop" | "length" | "content-filter" | "tool-calls" | "error" | "unknown";

export function isTerminal(status: TurnStatus): status is TerminalStatus {
	return status !== "queued" && status !== "running";
}

export function toEventId(place: { epoch: number; seq: number }): string {
	return `${place.epoch}.${place.seq}`;
}

/** Reads an event id as attacker input: two positive 31-bit integers without leading zeros, or `null`. */
export function parseEventId(value: string): { epoch: number; seq: number } | null {
	const match = /^([1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/.exec(value);
	return match ? { epoch: Number(match[1]), seq: Number(match[2]) } : null;
}

/** What a model call is called towards its provider: whoever knows the turn knows it, also when its process is gone. */
export function toCallName(turnId: string, attempt: number): string {
	return `${turnId}-${attempt}`;
}

/** What the events of a turn, in order, have the person read, and who wrote it. */
export function toSpoken(events: Iterable<TurnEvent>): {
	text: string;
	reasoning: string;
	modelSpans: ModelSpan[];
} {
	let [text, reasoning] = ["", ""];
	let modelSpans: ModelSpan[] = [];
	/** Asked, but without a word so far. */
	let askedId: string | null = null;
	for (const event of events) {
		if (event.type === "attempt-start") askedId = event.modelId;
		else if (event.type === "reasoning-delta") reasoning += event.text;
		else if (event.type === "text-reset") [text, reasoning, modelSpans] = [event.text, "", []];
		else if (event.type === "text-delta") {
			if (askedId !== null) modelSpans.push({ modelId: askedId, fromCharacter: text.length });
			askedId = null;
			text += event.text;
		}
	}
	return { text, reasoning, modelSpans };
}
