import * as z from "zod";
import { listPlans, plan, planChange, planId, setPlan } from "../../quota/index.ts";
import { adminProcedure, router } from "../trpc.ts";

export const plansRouter = router({
	list: adminProcedure
		.output(z.object({ plans: z.array(plan) }))
		.query(async ({ ctx }) => ({ plans: await listPlans(ctx.services.db) })),

	/** Changes a plan or makes one; counts from the next request on. */
	set: adminProcedure
		.input(z.object({ id: planId, change: planChange }))
		.output(plan)
		.mutation(({ ctx, input }) => setPlan(ctx.services.db, { ...input, by: ctx.viewer.userId })),
});
