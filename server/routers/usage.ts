import * as z from "zod";
import { turnId } from "../contract/ids.ts";
import { type Limit, limits, readLimits } from "../quota/index.ts";
import {
	readStatement,
	readSummary,
	readTurnReceipt,
	reportBound,
	reportMonth,
	reportZone,
	statementFile,
	summary,
	toMonthRange,
	toStatementFile,
	turnReceipt,
} from "../usage/index.ts";
import { toRaiseHint } from "./raise-hint.ts";
import { keyProcedure, router, viewerProcedure } from "./trpc.ts";

const raisableLimits = limits.extend({
	limits: z.array(
		limits.shape.limits.element.extend({
			/** The command that raises it; for administrators. */
			raiseWith: z.string().optional(),
		}),
	),
});

/** What the signed-in person spent. Money is nano-dollars as decimal strings, instants are ISO 8601. */
export const usageRouter = router({
	/** The plan's limits, and what is left of them now. */
	limits: keyProcedure("usage:read")
		.output(raisableLimits)
		.query(async ({ ctx }) => {
			const plan = await readLimits(ctx.services.db.sql, ctx.viewer.userId);
			const withHint = (limit: Limit) => ({
				...limit,
				...toRaiseHint({ details: { limit: limit.name } }, ctx.viewer),
			});
			return { ...plan, limits: plan.limits.map(withHint) };
		}),

	/** By day and model. `from` is inclusive, `to` exclusive; without them the current month. */
	summary: keyProcedure("usage:read")
		.input(
			z
				.object({
					from: reportBound.optional(),
					to: reportBound.optional(),
					timeZone: reportZone.optional(),
				})
				.default({}),
		)
		.output(summary.extend({ plan: limits }))
		.query(async ({ ctx, input }) => {
			const { sql } = ctx.services.db;
			const [spent, plan] = await Promise.all([
				readSummary(sql, ctx.viewer.userId, input),
				readLimits(sql, ctx.viewer.userId),
			]);
			return { ...spent, plan };
		}),

	/** What one answer cost, with everything needed to recompute it. */
	turn: keyProcedure("usage:read")
		.input(z.object({ turnId }))
		.output(turnReceipt)
		.query(({ ctx, input }) => readTurnReceipt(ctx.services.db.sql, ctx.viewer.userId, input.turnId)),

	/** Every ledger entry of a month, as a file. Without a time zone, that of the plan. */
	export: viewerProcedure
		.input(z.object({ month: reportMonth, format: z.enum(["csv", "json"]), timeZone: reportZone.optional() }))
		.output(statementFile)
		.query(async ({ ctx, input }) => {
			const wanted = { ...toMonthRange(input.month), timeZone: input.timeZone };
			return toStatementFile(await readStatement(ctx.services.db.sql, ctx.viewer.userId, wanted), input);
		}),
});
