import { tracked } from "@trpc/server";
import * as z from "zod";
import { router, viewerProcedure } from "./trpc.ts";

export const eventsRouter = router({
	/** What changes for this person from now on; after a gap one `resync`, upon which the caller reads everything again. */
	follow: viewerProcedure
		.input(z.object({ lastEventId: z.string().max(64).nullish() }))
		.subscription(async function* ({ ctx, input, signal }) {
			const from = { viewer: ctx.viewer, lastEventId: input.lastEventId ?? null };
			for await (const { id, event } of ctx.services.viewerEvents.follow(from, signal))
				yield tracked(id, event);
		}),
});
