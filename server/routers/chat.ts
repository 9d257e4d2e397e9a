import { randomUUID } from "node:crypto";
import { tracked } from "@trpc/server";
import * as z from "zod";
import type { Viewer } from "../auth/index.ts";
import { AppError, type ErrorCode } from "../contract/errors.ts";
import { parseEventId, toEventId } from "../contract/event-id.ts";
import { messageId, threadId, turnId } from "../contract/ids.ts";
import { messageText, sentParts, toTextParts } from "../contract/parts.ts";
import { contextRequest } from "../contract/sent-context.ts";
import { wellFormedText } from "../contract/text.ts";
import { receipt } from "../contract/turn.ts";
import { terminalStatuses } from "../contract/turn-status.ts";
import { answerContext, readAnswerContext, readSentMessages, sentMessages } from "../usage/index.ts";
import { keyProcedure, router, viewerProcedure, withRateLimit } from "./trpc.ts";

/** Names the request, as the header `Idempotency-Key` does; without either, every request is another one. */
const clientMessageId = wellFormedText({ min: 1, max: 128 }).optional();
/** A catalogue id or `auto`. */
export const modelName = wellFormedText({ min: 1, max: 300 });
const errorCode = z.custom<ErrorCode>((value) => typeof value === "string");
const turnIds = z.object({
	threadId: z.string(),
	turnId: z.string(),
	userMessageId: z.string(),
	assistantMessageId: z.string(),
});

/** What is sent: to a thread, or as the first message of a new one. `text` is short for one part of text. */
const message = z
	.object({
		clientMessageId,
		text: messageText.optional(),
		parts: sentParts.optional(),
		threadId: threadId.optional(),
		parentMessageId: messageId.nullish(),
		model: modelName.optional(),
		context: contextRequest.optional(),
	})
	.refine(({ text, parts }) => (text === undefined) !== (parts === undefined), "Send either text or parts.")
	.transform(({ text, parts, ...rest }) => ({ ...rest, parts: parts ?? toTextParts(text ?? "") }));

/** What is asked for beside the message that is answered again or whose answer goes on. */
const answerAgain = z.object({
	clientMessageId,
	model: modelName.optional(),
	context: contextRequest.optional(),
});

/** Reads a follower's place in the log; a made-up one is the caller's mistake, not an empty answer. */
function toPlace(lastEventId: string | null | undefined) {
	if (!lastEventId) return null;
	const place = parseEventId(lastEventId);
	if (!place)
		throw new AppError("invalid_request", "This event id is not one of ours: send back an id as you got it.");
	return place;
}

interface NamingContext {
	readonly idempotencyKey: string | null;
	readonly viewer: Viewer;
	onReplay(): Promise<void>;
}

/** Gives every request its name: of any number under one name, one takes effect and all get the same reply. */
function named<Input extends { clientMessageId?: string }>(
	input: Input,
	{ idempotencyKey, onReplay, viewer }: NamingContext,
) {
	return {
		...input,
		onReplay,
		keyId: viewer.key?.keyId,
		clientMessageId: input.clientMessageId ?? idempotencyKey ?? randomUUID(),
	};
}

export const chatRouter = router({
	send: keyProcedure("chat:write")
		.input(message)
		.use(withRateLimit)
		.output(turnIds)
		.mutation(({ ctx, input }) => ctx.services.chat.send(ctx.viewer.userId, named(input, ctx))),

	/** As `send`, answered when the turn has ended; posted again under the same name, it answers the same. */
	complete: keyProcedure("chat:write")
		.input(message)
		.use(withRateLimit)
		.output(
			turnIds.extend({
				status: z.enum(terminalStatuses),
				/** Why there is no whole answer. */
				code: errorCode.optional(),
				text: z.string(),
				receipt,
			}),
		)
		.mutation(({ ctx, input, signal }) => ctx.services.chat.complete(ctx.viewer, named(input, ctx), signal)),

	regenerate: viewerProcedure
		.input(answerAgain.extend({ userMessageId: messageId }))
		.use(withRateLimit)
		.output(turnIds)
		.mutation(({ ctx, input }) => ctx.services.chat.regenerate(ctx.viewer.userId, named(input, ctx))),

	/** An answer that was stopped or cut off goes on in the same message. */
	continue: viewerProcedure
		.input(answerAgain.extend({ assistantMessageId: messageId }))
		.use(withRateLimit)
		.output(turnIds)
		.mutation(({ ctx, input }) => ctx.services.chat.continue(ctx.viewer.userId, named(input, ctx))),

	stop: keyProcedure("chat:write")
		.input(z.object({ turnId }))
		.output(z.object({ status: z.enum(["requested", "confirmed"]) }))
		.mutation(({ ctx, input }) => ctx.services.chat.stop(ctx.viewer.userId, input.turnId)),

	/** What the models were sent for an answer: the calls of all its turns up to this one, and the parts of each request. */
	context: viewerProcedure
		.input(z.object({ turnId }))
		.output(answerContext)
		.query(({ ctx, input }) => readAnswerContext(ctx.services.db.sql, ctx.viewer.userId, input)),

	/** The messages of one request of an answer, exactly as they were sent, from a place on. */
	sentMessages: viewerProcedure
		.input(z.object({ turnId, callId: z.uuid(), from: z.int().nonnegative().default(0) }))
		.output(sentMessages)
		.query(({ ctx, input }) => readSentMessages(ctx.services.db.sql, ctx.viewer.userId, input)),

	follow: keyProcedure("chat:write")
		.input(z.object({ turnId, lastEventId: z.string().max(64).nullish(), once: z.boolean().optional() }))
		.subscription(async function* ({ ctx, input, signal }) {
			const from = { turnId: input.turnId, after: toPlace(input.lastEventId), isOnce: input.once };
			for await (const logged of ctx.services.chat.follow(ctx.viewer, from, signal))
				yield tracked(toEventId(logged), logged.event);
		}),
});
