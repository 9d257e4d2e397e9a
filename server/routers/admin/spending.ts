import * as z from "zod";
import { userId } from "../../contract/ids.ts";
import { wellFormedText } from "../../contract/text.ts";
import { listSpendingPauses, pauseSpending, planId, resumeSpending } from "../../quota/index.ts";
import { reasonText } from "../../usage/index.ts";
import { adminProcedure, router } from "../trpc.ts";

const scope = z.discriminatedUnion("kind", [
	z.object({ kind: z.literal("all") }),
	z.object({ kind: z.literal("plan"), id: planId }),
	z.object({ kind: z.literal("user"), id: userId }),
	z.object({ kind: z.literal("model"), id: wellFormedText({ min: 1, max: 300 }) }),
]);
const pause = z.object({
	scope: z.string(),
	reason: z.string().nullable(),
	pausedBy: z.string().nullable(),
	pausedAt: z.string(),
});

/** The emergency switch: from the reply of `pause` on, every instance refuses new answers. */
export const spendingRouter = router({
	list: adminProcedure
		.output(z.object({ pauses: z.array(pause) }))
		.query(async ({ ctx }) => ({ pauses: await listSpendingPauses(ctx.services.db) })),

	pause: adminProcedure
		.input(z.object({ scope, reason: reasonText.optional() }))
		.output(pause)
		.mutation(({ ctx: { services, viewer }, input }) => {
			const listModelIds = async () => services.models.list().map(({ id }) => id);
			return pauseSpending(services.db, { ...input, by: viewer.userId, listModelIds });
		}),

	resume: adminProcedure
		.input(z.object({ scope }))
		.output(z.object({ wasPaused: z.boolean() }))
		.mutation(async ({ ctx, input }) => ({
			wasPaused: await resumeSpending(ctx.services.db, { ...input, by: ctx.viewer.userId }),
		})),
});
