import * as z from "zod";
import type { Viewer } from "../auth/index.ts";
import { toPinTokensMax, toReadTokensMax } from "../context/index.ts";
import { messageId, type ThreadId, threadId } from "../contract/ids.ts";
import { messagePart } from "../contract/parts.ts";
import { contextSettings } from "../contract/sent-context.ts";
import { wellFormedText } from "../contract/text.ts";
import { modelSpan, receipt, turnProgress } from "../contract/turn.ts";
import { turnStatuses } from "../contract/turn-status.ts";
import { trashDays } from "../threads/index.ts";
import { stopTurnsOfThreads } from "../turns/index.ts";
import { type RequestContext, router, viewerProcedure } from "./trpc.ts";

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
	/** When the person pinned it; null: it is not pinned. */
	pinnedAt: z.string().nullable(),
	/** The messages that answer the same parent, oldest first, and this one's place among them. */
	siblings: z.object({ index: z.number().int(), ids: z.array(z.string()) }),
	/** Who wrote which part of an answer, over all its turns that have ended; empty for what a person said. */
	modelSpans: z.array(modelSpan).readonly(),
	/** The turn that wrote this answer; null for what a person said. */
	turn: z
		.object({
			turnId: z.string(),
			status: z.enum(turnStatuses),
			code: z.string().nullable(),
			requestedModel: z.string(),
			receipt: receipt.nullable(),
		})
		.nullable(),
});

const cursor = z.string().max(200).optional();
const threadOnly = z.object({ threadId });
const threadIdOutput = z.object({ threadId: z.string() });

/** Conversations that are deleted by one call. */
const deletedMax = 100;

async function deleteThreads(
	{ viewer, services }: Pick<RequestContext, "services"> & { viewer: Viewer },
	threadIds: readonly ThreadId[],
) {
	const deleted = await services.threads.delete(viewer.userId, threadIds);
	await stopTurnsOfThreads(services.db.sql, viewer.userId, deleted.threadIds);
	const restorableUntil = new Date(Date.now() + trashDays * 24 * 60 * 60_000).toISOString();
	return { ...deleted, restorableUntil };
}

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
				thread: threadSummary.extend({ context: contextSettings }),
				/** The branch viewed last, root first; the newest page comes first, `nextCursor` leads to older ones. */
				messages: z.array(message),
				nextCursor: z.string().nullable(),
				/** From the same snapshot: the turn still growing and the event id to follow it from. */
				liveTurn: turnProgress
					.extend({ turnId: z.string(), assistantMessageId: z.string(), lastEventId: z.string() })
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

	/** How the context of a conversation is chosen, from its next request on; a field that is left out keeps its value. */
	setContext: viewerProcedure
		.input(threadOnly.extend(contextSettings.partial().shape))
		.output(contextSettings)
		.mutation(({ ctx, input }) => ctx.services.threads.setContext(ctx.viewer.userId, input)),

	/** How the context of a conversation is chosen, how long the conversation is, and which messages are pinned. */
	context: viewerProcedure
		.input(threadOnly)
		.output(
			contextSettings.extend({
				/** The strategy of the plan, where the thread has none of its own; null: `auto`. */
				planStrategy: contextSettings.shape.strategy,
				/** Of the branch viewed last, as far back as the model with the largest window reads. */
				tokens: z.number(),
				/** What stands for the older messages of that branch, where the strategy is `summary`; null: nothing. */
				summary: z.object({ summaryId: z.string(), text: z.string(), tokens: z.number() }).nullable(),
				pins: z
					.array(
						z.object({
							messageId: z.string(),
							role: z.enum(["user", "assistant"]),
							/** Its beginning, on one line. */
							text: z.string(),
							tokens: z.number(),
						}),
					)
					.readonly(),
				/** What pinned messages may have together. */
				pinTokensMax: z.number(),
			}),
		)
		.query(async ({ ctx, input }) => {
			const { models, threads } = ctx.services;
			const tokensMax = toReadTokensMax(models.list());
			const context = await threads.context(ctx.viewer.userId, { ...input, tokensMax });
			return { ...context, pinTokensMax: toPinTokensMax(models.list()) };
		}),

	/** Pins a message, so that it is sent with every request of its branch, or takes the pin away. */
	setPin: viewerProcedure
		.input(threadOnly.extend({ messageId, isPinned: z.boolean() }))
		.output(z.object({ messageId: z.string(), pinnedAt: z.string().nullable() }))
		.mutation(({ ctx, input }) => {
			const pinTokensMax = toPinTokensMax(ctx.services.models.list());
			return ctx.services.threads.setPin(ctx.viewer.userId, { ...input, pinTokensMax });
		}),

	/** Hides a conversation and stops what is being written in it. It can be restored until the instant in the answer. */
	delete: viewerProcedure
		.input(threadOnly)
		.output(threadIdOutput.extend({ restorableUntil: z.string() }))
		.mutation(async ({ ctx, input: { threadId } }) => {
			const { restorableUntil } = await deleteThreads(ctx, [threadId]);
			return { threadId, restorableUntil };
		}),

	/** As `delete`, for many; returns those that were the caller's. */
	deleteMany: viewerProcedure
		.input(z.object({ threadIds: z.array(threadId).min(1).max(deletedMax) }))
		.output(z.object({ threadIds: z.array(z.string()), restorableUntil: z.string() }))
		.mutation(({ ctx, input }) => deleteThreads(ctx, input.threadIds)),

	/** Brings a deleted conversation back, within 30 days. */
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
						/** When that message was written. */
						writtenAt: z.string().nullable(),
						snippet: z.array(z.object({ text: z.string(), isMatch: z.boolean() })),
						activeAt: z.string(),
					}),
				),
				nextCursor: z.string().nullable(),
			}),
		)
		.query(({ ctx, input }) => ctx.services.threads.search(ctx.viewer.userId, input)),
});
