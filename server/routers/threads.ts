import * as z from "zod";
import { messageId, threadId } from "../contract/ids.ts";
import { messagePart } from "../contract/parts.ts";
import { wellFormedText } from "../contract/text.ts";
import { modelSpan, receipt } from "../contract/turn.ts";
import { liveStatuses, terminalStatuses } from "../contract/turn-status.ts";
import { router, viewerProcedure } from "./trpc.ts";

const threadSummary = z.object({
	id: z.string(),
	title: z.string(),
	createdAt: z.string(),
	activeAt: z.string(),
});

const message = z.object({
	id: z.string(),
	parentMessageId: z.string().nullable(),
	role: z.enum(["user", "assistant"]),
	text: z.string(),
	/** What the message is made of; null for one that its text tells whole. */
	parts: z.array(messagePart).readonly().nullable(),
	createdAt: z.string(),
	/** The messages that answer the same parent, oldest first, and this one's place among them. */
	siblings: z.object({ index: z.number().int(), ids: z.array(z.string()) }),
	/** Who wrote which part of an answer, over all its turns that have ended; empty for what a person said. */
	modelSpans: z.array(modelSpan).readonly(),
	/** The turn that wrote this answer; null for what a person said. */
	turn: z
		.object({
			turnId: z.string(),
			status: z.enum([...liveStatuses, ...terminalStatuses]),
			code: z.string().nullable(),
			requestedModel: z.string(),
			receipt: receipt.nullable(),
		})
		.nullable(),
});

const cursor = z.string().max(200).optional();
const threadOnly = z.object({ threadId });
const threadIdOutput = z.object({ threadId: z.string() });

export const threadsRouter = router({
	list: viewerProcedure
		.input(z.object({ cursor, limit: z.number().int().min(1).max(100).default(30) }))
		.output(
			z.object({
				threads: z.array(threadSummary.extend({ liveTurnId: z.string().nullable() })),
				nextCursor: z.string().nullable(),
			}),
		)
		.query(({ ctx, input }) => ctx.services.threads.list(ctx.viewer.userId, input)),

	get: viewerProcedure
		.input(z.object({ threadId, cursor, limit: z.number().int().min(1).max(100).default(50) }))
		.output(
			z.object({
				thread: threadSummary,
				/** The branch viewed last, root first; the newest page comes first, `nextCursor` leads to older ones. */
				messages: z.array(message),
				nextCursor: z.string().nullable(),
				/** From the same snapshot: the turn still growing and the event id to follow it from. */
				liveTurn: z
					.object({
						turnId: z.string(),
						assistantMessageId: z.string(),
						lastEventId: z.string(),
						/** The model at work; null until one is chosen. */
						modelId: z.string().nullable(),
						text: z.string(),
						reasoning: z.string(),
						/** Who wrote what of this turn so far. */
						modelSpans: z.array(modelSpan).readonly(),
						/** The place in line, from 1; null outside of one. */
						queuePosition: z.number().int().nullable(),
					})
					.nullable(),
			}),
		)
		.query(({ ctx, input }) => ctx.services.threads.get(ctx.viewer.userId, input)),

	rename: viewerProcedure
		.input(
			z.object({
				threadId,
				title: wellFormedText({ min: 1, max: 200 }).refine(
					(title) => title.trim() !== "",
					"A title needs a word.",
				),
			}),
		)
		.output(threadIdOutput)
		.mutation(({ ctx, input }) => ctx.services.threads.rename(ctx.viewer.userId, input)),

	delete: viewerProcedure
		.input(threadOnly)
		.output(threadIdOutput)
		.mutation(({ ctx, input }) => ctx.services.threads.delete(ctx.viewer.userId, input.threadId)),

	restore: viewerProcedure
		.input(threadOnly)
		.output(threadIdOutput)
		.mutation(({ ctx, input }) => ctx.services.threads.restore(ctx.viewer.userId, input.threadId)),

	selectBranch: viewerProcedure
		.input(z.object({ threadId, messageId }))
		.output(threadIdOutput)
		.mutation(({ ctx, input }) => ctx.services.threads.selectBranch(ctx.viewer.userId, input)),

	search: viewerProcedure
		.input(
			z.object({
				query: wellFormedText({ max: 500 }),
				cursor,
				limit: z.number().int().min(1).max(50).default(20),
			}),
		)
		.output(
			z.object({
				hits: z.array(
					z.object({
						threadId: z.string(),
						title: z.string(),
						/** Where the words stand; null when they stand in the title. */
						messageId: z.string().nullable(),
						snippet: z.array(z.object({ text: z.string(), isMatch: z.boolean() })),
						activeAt: z.string(),
					}),
				),
				nextCursor: z.string().nullable(),
			}),
		)
		.query(({ ctx, input }) => ctx.services.threads.search(ctx.viewer.userId, input)),
});
