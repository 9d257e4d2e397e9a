import { randomUUID } from "node:crypto";
import * as z from "zod";
import { batchItemStatuses, batchItemsMax } from "../batch/index.ts";
import { messageText } from "../contract/parts.ts";
import { wellFormedText } from "../contract/text.ts";
import { receipt } from "../contract/turn.ts";
import { modelName } from "./chat.ts";
import { router, viewerProcedure, withBatchRateLimit } from "./trpc.ts";

const batchId = z.uuid().transform((value) => value.toLowerCase());
const batchOnly = z.object({ batchId });
/** Tokens of one answer: beyond any model. */
const outputTokensMax = 10_000_000;
const maxOutputTokens = z.number().int().min(1).max(outputTokensMax);

const count = z.number().int().optional();
const batch = z.object({
	batchId: z.string(),
	status: z.enum(["running", "paused", "cancelling", "cancelled", "complete"]),
	/** The limit that it waits for; null while it does not. */
	pause: z
		.object({
			code: z.string(),
			reason: z.string().nullable(),
			resetsAt: z.string().nullable(),
			triesAt: z.string(),
		})
		.nullable(),
	itemCount: z.number().int(),
	counts: z.object(
		Object.fromEntries(batchItemStatuses.map((status) => [status, count])) as Record<
			(typeof batchItemStatuses)[number],
			typeof count
		>,
	),
	chargedNanoUsd: z.string(),
	createdAt: z.string(),
	endedAt: z.string().nullable(),
});

/** Lists of prompts that are answered in the background. */
export const batchRouter = router({
	/** Of any number of requests under one name, one takes effect and all get the same batch. */
	create: viewerProcedure
		.input(
			z.object({
				clientBatchId: wellFormedText({ min: 1, max: 128 }).optional(),
				/** For items that say nothing of their own. */
				model: modelName.optional(),
				maxOutputTokens: maxOutputTokens.optional(),
				items: z
					.array(
						z.object({
							text: messageText,
							model: modelName.optional(),
							maxOutputTokens: maxOutputTokens.optional(),
						}),
					)
					.min(1)
					.max(batchItemsMax),
			}),
		)
		.use(withBatchRateLimit)
		.output(batch)
		.mutation(({ ctx, input }) =>
			ctx.services.batches.create(ctx.viewer.userId, {
				clientBatchId: input.clientBatchId ?? ctx.idempotencyKey ?? randomUUID(),
				onReplay: ctx.onReplay,
				items: input.items.map((item) => ({
					text: item.text,
					model: item.model ?? input.model,
					maxOutputTokens: item.maxOutputTokens ?? input.maxOutputTokens,
				})),
			}),
		),

	get: viewerProcedure
		.input(batchOnly)
		.output(batch)
		.query(({ ctx, input }) => ctx.services.batches.get(ctx.viewer.userId, input.batchId)),

	list: viewerProcedure
		.input(z.object({ cursor: batchId.optional(), limit: z.number().int().min(1).max(100).default(30) }))
		.output(z.object({ batches: z.array(batch), nextCursor: z.string().nullable() }))
		.query(({ ctx, input }) => ctx.services.batches.list(ctx.viewer.userId, input)),

	/** Every item in the order of the list, ended or not. */
	results: viewerProcedure
		.input(
			batchOnly.extend({
				cursor: z
					.string()
					.regex(/^\d{1,4}$/, "is not one of ours: send back nextCursor as you got it")
					.transform(Number)
					.optional(),
				limit: z.number().int().min(1).max(100).default(50),
			}),
		)
		.output(
			z.object({
				items: z.array(
					z.object({
						position: z.number().int(),
						status: z.enum(batchItemStatuses),
						code: z.string().nullable(),
						turnId: z.string().nullable(),
						threadId: z.string().nullable(),
						text: z.string().nullable(),
						receipt: receipt.nullable(),
					}),
				),
				nextCursor: z.string().nullable(),
			}),
		)
		.query(({ ctx, input }) => ctx.services.batches.results(ctx.viewer.userId, input)),

	/** What waits never begins; what runs is stopped, and what it delivered is kept and paid for. */
	cancel: viewerProcedure
		.input(batchOnly)
		.output(batch)
		.mutation(({ ctx, input }) => ctx.services.batches.cancel(ctx.viewer.userId, input.batchId)),
});
