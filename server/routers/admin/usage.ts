import * as z from "zod";
import { userId } from "../../contract/ids.ts";
import { limits, readLimits } from "../../quota/index.ts";
import {
	adjustment,
	peopleReport,
	postAdjustment,
	readPeopleReport,
	readStatement,
	readSummary,
	reasonText,
	recomputation,
	recompute,
	reportBound,
	reportMonth,
	reportZone,
	statementFile,
	summary,
	toMonthRange,
	toStatementFile,
} from "../../usage/index.ts";
import { adminProcedure, router } from "../trpc.ts";

const range = z.object({
	from: reportBound.optional(),
	to: reportBound.optional(),
	timeZone: reportZone.optional(),
});

export const adminUsageRouter = router({
	/** What each person spent, and what the server paid. */
	report: adminProcedure
		.input(range)
		.output(peopleReport)
		.query(({ ctx, input }) => readPeopleReport(ctx.services.db.sql, input)),

	/** What one person spent, as that person sees it. */
	user: adminProcedure
		.input(range.extend({ userId }))
		.output(summary.extend({ plan: limits }))
		.query(async ({ ctx, input }) => ({
			...(await readSummary(ctx.services.db.sql, input.userId, input)),
			plan: await readLimits(ctx.services.db.sql, input.userId),
		})),

	/** One person's month, line by line, as a file. */
	statement: adminProcedure
		.input(
			z.object({
				userId,
				month: reportMonth,
				format: z.enum(["csv", "json"]),
				timeZone: reportZone.optional(),
			}),
		)
		.output(statementFile)
		.query(async ({ ctx, input }) => {
			const wanted = { ...toMonthRange(input.month), timeZone: input.timeZone };
			return toStatementFile(await readStatement(ctx.services.db.sql, input.userId, wanted), input);
		}),

	/** Posts a grant, a credit or a charge. With an `Idempotency-Key` it happens once. */
	adjust: adminProcedure
		.input(adjustment)
		.output(
			z.object({ ledgerId: z.string(), userId: z.string(), kind: z.string(), amountNanoUsd: z.string() }),
		)
		.mutation(({ ctx, input }) =>
			postAdjustment(ctx.services.db, input, {
				by: ctx.viewer.userId,
				requestKey: ctx.idempotencyKey,
			}),
		),

	/** Prices past calls with the current rows and reports the differences; posts them as paid by the server only if `isPosted`. */
	recompute: adminProcedure
		.input(range.extend({ isPosted: z.boolean().default(false), reason: reasonText.optional() }))
		.output(recomputation)
		.mutation(({ ctx, input }) => recompute(ctx.services.db, input, ctx.viewer.userId)),
});
