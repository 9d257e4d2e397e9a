import * as z from "zod";
import { listedPrice, listPrices, listUnpriced, priceChange, setPrice } from "../../usage/index.ts";
import { adminProcedure, router } from "../trpc.ts";

export const pricesRouter = router({
	/** Every dated price, and the models without one, which cost a stated ceiling. */
	list: adminProcedure
		.output(z.object({ prices: z.array(listedPrice), unpricedModelIds: z.array(z.string()) }))
		.query(({ ctx: { services } }) => ({
			prices: listPrices(services.priceBook),
			unpricedModelIds: listUnpriced(services.priceBook, services.models.list()),
		})),

	set: adminProcedure
		.input(priceChange)
		.output(listedPrice)
		.mutation(({ ctx, input }) => setPrice(ctx.services.priceBook, input, ctx.viewer.userId)),
});
