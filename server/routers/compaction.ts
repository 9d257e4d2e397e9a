import * as z from "zod";
import { threadId } from "../contract/ids.ts";
import { router, viewerProcedure, withRateLimit } from "./trpc.ts";

const summaryOnly = z.object({ summaryId: z.uuid() });
const done = z.object({ ok: z.literal(true) });
/** Nano-dollars, a decimal string; the server pays. */
const cost = z.string();

/** Compact now: a summary of a thread's older messages that the person asks for, reads, uses and takes back. */
export const compactionRouter = router({
	/** What it would do; null when nothing is left to compact. */
	estimate: viewerProcedure
		.input(z.object({ threadId }))
		.output(
			z
				.object({
					messages: z.number(),
					tokensBefore: z.number(),
					sourceTokens: z.number(),
					costNanoUsdMax: cost,
				})
				.nullable(),
		)
		.query(({ ctx, input }) => ctx.services.chat.compaction.estimate(ctx.viewer.userId, input.threadId)),

	/** Makes a summary without using it. Counts as a request. */
	preview: viewerProcedure
		.input(z.object({ threadId }))
		.use(withRateLimit)
		.output(
			z.object({
				summaryId: z.string(),
				text: z.string(),
				throughMessageId: z.string(),
				tokensBefore: z.number(),
				tokensAfter: z.number(),
				costNanoUsd: cost,
			}),
		)
		.mutation(({ ctx, input }) => ctx.services.chat.compaction.preview(ctx.viewer.userId, input.threadId)),

	/** From now on the summary stands for the messages, where the strategy is `summary`. */
	confirm: viewerProcedure
		.input(summaryOnly)
		.output(done)
		.mutation(async ({ ctx, input }) => {
			await ctx.services.chat.compaction.confirm(ctx.viewer.userId, input.summaryId);
			return { ok: true } as const;
		}),

	/** The messages are sent again as they are. */
	undo: viewerProcedure
		.input(summaryOnly)
		.output(done)
		.mutation(async ({ ctx, input }) => {
			await ctx.services.chat.compaction.undo(ctx.viewer.userId, input.summaryId);
			return { ok: true } as const;
		}),
});
