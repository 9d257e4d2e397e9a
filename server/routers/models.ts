import * as z from "zod";
import { router, viewerProcedure } from "./trpc.ts";

export const modelsRouter = router({
	list: viewerProcedure
		.output(
			z.object({
				models: z.array(
					z.object({
						id: z.string(),
						name: z.string(),
						tier: z.enum(["small", "medium", "large"]),
						contextWindow: z.number(),
						isTest: z.boolean(),
					}),
				),
				/** What `auto` means at present. */
				defaultModelId: z.string(),
			}),
		)
		.query(({ ctx }) => ({
			models: ctx.services.models.list(),
			defaultModelId: ctx.services.models.default().id,
		})),
});
