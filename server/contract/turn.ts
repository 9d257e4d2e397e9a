/**
 * The words of a turn: every room may import this file, and it imports nothing but zod and the kernel.
 *
 * A **thread** is a tree of **messages**. A **turn** answers one user message with one assistant message. A turn makes
 * **attempts** (model calls). Everything that a reader can see of a turn is an **event**, appended to the turn's log in
 * dense order and named by its event id `<epoch>.<seq>`.
 */
import * as z from "zod";
import type { ErrorCode } from "./errors.ts";
import type { EventPlace } from "./event-id.ts";
import type { MessageId, ThreadId, TurnId } from "./ids.ts";
import { routeGrounds, routeRoads } from "./kinds.ts";
import { sentContext } from "./sent-context.ts";
import { terminalStatuses } from "./turn-status.ts";

/** How much a usage figure can be trusted, best first. */
export const usageSources = ["provider_final", "estimate"] as const;
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

/** What a model is called for. The person who asked, or the site, pays for each call of a turn. */
export const callPurposes = ["answer", "draft", "judge", "shadow", "embedding", "summary", "title"] as const;
export type CallPurpose = (typeof callPurposes)[number];

/** A stretch of an answer: from this character on (UTF-16 code units of the whole text) this model wrote it. */
export const modelSpan = z.object({ modelId: z.string(), fromCharacter: z.number().int().nonnegative() });
export type ModelSpan = z.infer<typeof modelSpan>;

/** What the policy of the site made of a request for Auto. Money: nano-dollars, decimal strings. */
export const routeDecision = z.object({
	policyVersion: z.number().int(),
	road: z.enum(routeRoads),
	ground: z.enum(routeGrounds),
	/** The chance that a small model's answer is not good enough; null: the request is unlike what the router knows. */
	score: z.number().nullable(),
	/** From this score on a strong model answers; null: the dial asks for one always or never. */
	strongFrom: z.number().nullable(),
	/** How often a strong model answers: 0 never, 10 always. */
	dial: z.number().int(),
	/** The person's limit is near, which has lowered the dial. */
	isNearLimit: z.boolean(),
	/** What of the request mattered, for people. */
	features: z.array(z.string()),
	/** The model of the road that was not taken; null where there is none. */
	otherModelId: z.string().nullable(),
	/** What both roads were expected to cost, with what either provider's cache has; null where a price is not known. */
	expected: z.object({ small: z.string(), strong: z.string() }).nullable(),
});
export type RouteDecision = z.infer<typeof routeDecision>;

/** A small model's answer that is judged before it is shown: `isAccepted` is null until then. */
export const judgedDraft = z.object({
	modelId: z.string(),
	isAccepted: z.boolean().nullable(),
	/** What is wrong with it, for people. */
	faults: z.array(z.string()).readonly(),
});

/** What the events of a turn say so far, as the fold makes it and as a snapshot of a growing turn shows it. */
export const turnProgress = z.object({
	text: z.string(),
	reasoning: z.string(),
	/** Who wrote what of this turn. */
	modelSpans: z.array(modelSpan).readonly(),
	/** A model or `auto`; null until one is chosen. */
	requestedModel: z.string().nullable(),
	/** The model that was chosen or called last. */
	modelId: z.string().nullable(),
	/** The model that was called and has said nothing yet. */
	calledModelId: z.string().nullable(),
	/** The place in the queue of the model, from 1, until it is called. */
	queue: z.object({ position: z.number().int(), etaMs: z.number().nullable() }).nullable(),
	/** No content for a while: the model that was called may still be loaded by its server. */
	isLoading: z.boolean(),
	/** How Auto chose; null without a policy, and from an older server. */
	decision: routeDecision.nullable().default(null),
	/** The small model's answer that is judged before it is shown; null where there is none. */
	draft: judgedDraft.nullable().default(null),
});
export type TurnProgress = z.infer<typeof turnProgress>;

/** What the line under an answer shows. `costNanoUsd` is a decimal string, null while nothing is priced. */
export const receipt = z.object({
	modelId: z.string().nullable(),
	attempts: z.number().int().nonnegative(),
	usage: tokenUsage.nullable(),
	firstTokenMs: z.number().nullable(),
	durationMs: z.number(),
	finishReason: z.string().nullable(),
	costNanoUsd: z.string().nullable(),
	/** From the first thought to the first word; absent when nothing of both was measured. */
	reasoningMs: z.number().optional(),
	/** Who wrote what of this turn, in order. */
	modelSpans: z.array(modelSpan).optional(),
	/** Why the answer is missing, ends early or was not filtered: the class of the failure, and until when the provider asked to wait. */
	failure: z.object({ class: z.string(), retryAt: z.string().nullable() }).optional(),
	/** How Auto chose, and what became of it; absent without a policy. */
	route: routeDecision
		.extend({
			draft: judgedDraft.nullable(),
			/** The other road at its model's prices, less all calls of this turn: below zero when this road cost more. Null: not known. */
			savedNanoUsd: z.string().nullable(),
		})
		.optional(),
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
		/** At least so many: of a very long conversation only the newest part is read. Never 0 when something was left out. */
		omittedMessages: z.number().int(),
		/** What is sent of the conversation; absent: all of it. */
		sent: sentContext.optional(),
	}),
	/** `requestedModel` is a model or `auto`; the reason is for people. */
	event("route-choose", {
		requestedModel: z.string(),
		modelId: z.string(),
		reason: z.string(),
		/** With the first choice of Auto, where the site has a policy. */
		decision: routeDecision.optional(),
	}),
	/** What a draft says, which is not shown: kept so that a draft that is cut can be billed. */
	event("draft-delta", { text: z.string() }),
	/** A draft was judged: accepted, its text follows as the answer; else another model answers. */
	event("draft-judge", {
		attempt: z.number().int(),
		modelId: z.string(),
		isAccepted: z.boolean(),
		faults: z.array(z.string()),
	}),
	/** A model is called. `startedAt` is an ISO instant of the calling process. */
	event("attempt-start", {
		attempt: z.number().int(),
		modelId: z.string(),
		purpose: z.enum(callPurposes).optional(),
		startedAt: z.string().optional(),
	}),
	/** The call has ended: everything that its ledger entry needs, so that any process can write it. */
	event("attempt-end", {
		attempt: z.number().int(),
		outcome: z.string(),
		usage: tokenUsage.optional(),
		finishReason: z.string().nullable().optional(),
		firstTokenMs: z.number().nullable().optional(),
		durationMs: z.number().optional(),
		providerRequestId: z.string().nullable().optional(),
		/** The model that the provider says has answered, when it is another than the one that was called. */
		otherModelId: z.string().nullable().optional(),
		/** What the provider says that the call has cost, in nano-USD; it replaces tokens times price. */
		reportedCostNanoUsd: z.string().optional(),
	}),
	/** No content for a while: the model's server may be loading the model, which takes minutes. */
	event("model-load", { modelId: z.string() }),
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

/** An event with its place in the log. */
export interface LoggedEvent extends EventPlace {
	readonly event: TurnEvent;
}

export interface TurnIds {
	readonly threadId: ThreadId;
	readonly turnId: TurnId;
	readonly userMessageId: MessageId;
	readonly assistantMessageId: MessageId;
}

/** What a model call is called towards its provider: it follows from the turn, so any process that knows the turn knows it. */
export function toCallName(turnId: string, attempt: number): string {
	return `${turnId}-${attempt}`;
}

/** Why a running turn has to end. `lost`: another owner has it, so this process writes nothing more. */
export type EndRequest = "stop" | "drain" | "lost";
