import * as z from "zod";
import { readShadowReport, shadowReport } from "../../house/index.ts";
import { calibrationReport, dryRun, listedPolicy, readCalibration, tryPolicy } from "../../routing/index.ts";
import { reportBound } from "../../usage/index.ts";
import { adminProcedure, router } from "../trpc.ts";

/** How Auto chooses between small and strong models. */
export const routingRouter = router({
	/** The newest first. */
	list: adminProcedure
		.output(z.object({ policies: z.array(listedPolicy) }))
		.query(async ({ ctx }) => ({ policies: await ctx.services.policies.list() })),

	/** Keeps a policy that decides nothing until it is published. */
	draft: adminProcedure
		.input(z.object({ policy: z.unknown() }))
		.output(listedPolicy)
		.mutation(({ ctx, input }) => ctx.services.policies.draft(input.policy, ctx.viewer.userId)),

	/** Counts from the next request on, for so many of a hundred people. */
	publish: adminProcedure
		.input(
			z.object({ version: z.number().int(), rolloutPercent: z.number().int().min(1).max(100).default(100) }),
		)
		.output(listedPolicy)
		.mutation(({ ctx, input }) => ctx.services.policies.publish(input, ctx.viewer.userId)),

	/** Withdraws the newest policy in force; the one before it decides again. */
	rollBack: adminProcedure
		.output(listedPolicy)
		.mutation(({ ctx }) => ctx.services.policies.rollBack(ctx.viewer.userId)),

	/** What a policy would have made of the newest turns, and what these would have cost. */
	dryRun: adminProcedure
		.input(
			z.object({
				policy: z.unknown(),
				turns: z.number().int().min(1).max(5_000).default(500),
				/** Also turns for which a person chose the model. */
				ofAllModels: z.boolean().default(false),
			}),
		)
		.output(dryRun)
		.query(({ ctx, input }) => {
			const { db, models, policies, priceBook } = ctx.services;
			const findPrices = (modelId: string) => {
				const { id, prices } = priceBook.find(modelId);
				return id === null ? null : prices;
			};
			const { turns: turnsMax, ofAllModels } = input;
			return tryPolicy(db, policies.parse(input.policy), { turnsMax, ofAllModels, models, findPrices });
		}),

	/** What became of Auto's decisions, and whether the router should be trained again; without a range, in the month that runs (UTC). */
	report: adminProcedure
		.input(z.object({ from: reportBound.optional(), to: reportBound.optional() }))
		.output(calibrationReport)
		.query(({ ctx, input }) => readCalibration(ctx.services.db, input)),

	/** What the other road's answers were worth; without a range, in the month that runs (UTC). */
	shadow: adminProcedure
		.input(z.object({ from: reportBound.optional(), to: reportBound.optional() }))
		.output(shadowReport)
		.query(({ ctx, input }) => readShadowReport(ctx.services.db, input)),
});
