import * as z from "zod";
import { AppError } from "../../contract/errors.ts";
import { wellFormedText } from "../../contract/text.ts";
import { failureClasses } from "../../resilience/index.ts";
import { reasonText } from "../../usage/index.ts";
import { adminProcedure, type RequestContext, router } from "../trpc.ts";

const state = z.enum(["closed", "open", "half_open"]);
/** `<provider>/<the provider's name of the model>`, or `<provider>` for all that its key reaches. */
const deployment = wellFormedText({ min: 1, max: 700 });
const order = z.object({ deployment, reason: reasonText.optional() });

const breaker = z.object({
	deployment: z.string(),
	state,
	/** Opened manually, until it is closed manually. */
	isHeld: z.boolean(),
	/** Opened by the failures of one person alone: the calls of others are admitted. */
	isForOnePerson: z.boolean(),
	openUntil: z.string().nullable(),
	/** Until when the provider asked to wait. */
	throttledUntil: z.string().nullable(),
	/** Null when nothing ever happened. */
	changedAt: z.string().nullable(),
	/** How the last call failed that counted here, and when. */
	lastError: z.object({ class: z.enum(failureClasses), at: z.string() }).nullable(),
	/** The model as people know it; null for a provider, and for one that is gone from the catalogue. */
	model: z
		.object({
			name: z.string(),
			tier: z.enum(["small", "medium", "large"]),
			prices: z.object({ inputUsdPerMTok: z.string(), outputUsdPerMTok: z.string() }).nullable(),
		})
		.nullable(),
});
const change = z.object({
	id: z.number(),
	deployment: z.string(),
	from: state,
	to: state,
	cause: z.enum(["in_a_row", "share", "probe_failed", "probes_succeeded", "time", "hand"]),
	reason: z.string().nullable(),
	/** Null for the breaker itself and for the command line. */
	changedBy: z.string().nullable(),
	openUntil: z.string().nullable(),
	changedAt: z.string(),
});

/** Every provider and every model at it, in the catalogue's order. */
function listKeys({ services }: Pick<RequestContext, "services">): string[] {
	const keys = services.models
		.list()
		.flatMap(({ providerId, providerModelId }) => [providerId, `${providerId}/${providerModelId}`]);
	return [...new Set(keys)];
}

/** The catalogue's models by the names of their breakers; the first one where several are the same deployment. */
function toModelsByKey({ services }: Pick<RequestContext, "services">) {
	const models = services.models.list().toReversed();
	return new Map(models.map((model) => [`${model.providerId}/${model.providerModelId}`, model]));
}

/** Which models are called at the moment, and by whose word not. */
export const breakersRouter = router({
	/** All of the catalogue, and those of models that are gone but not closed. */
	list: adminProcedure.output(z.object({ breakers: z.array(breaker) })).query(async ({ ctx }) => {
		const rows = new Map((await ctx.services.breakers.list()).map((row) => [row.key, row]));
		const known = listKeys(ctx);
		const models = toModelsByKey(ctx);
		const gone = [...rows.values()].filter(({ key, state }) => state !== "closed" && !known.includes(key));
		const quiet = {
			state: "closed" as const,
			isHeld: false,
			isForOnePerson: false,
			openUntil: null,
			throttledUntil: null,
			changedAt: null,
			lastError: null,
		};
		return {
			breakers: [...known, ...gone.map(({ key }) => key)].map((key) => {
				const { key: name, ...row } = rows.get(key) ?? { key, ...quiet };
				return { deployment: name, ...row, model: models.get(key) ?? null };
			}),
		};
	}),

	/** What opened and closed, when, why and by whom, newest first. */
	history: adminProcedure
		.input(
			z.object({
				deployment: deployment.optional(),
				cursor: z.number().int().positive().optional(),
				limit: z.number().int().min(1).max(200).default(50),
			}),
		)
		.output(z.object({ changes: z.array(change), nextCursor: z.number().nullable() }))
		.query(async ({ ctx, input: { deployment: key, cursor, limit } }) => {
			const found = await ctx.services.breakers.history({ key, beforeId: cursor, limit: limit + 1 });
			const changes = found.slice(0, limit).map(({ key: deployment, ...rest }) => ({ deployment, ...rest }));
			return { changes, nextCursor: found.length > limit ? (changes.at(-1)?.id ?? null) : null };
		}),

	/** Stops calls on this instance at once and on all within a second, until it is closed manually. */
	open: adminProcedure
		.input(order)
		.output(z.object({ isChanged: z.boolean() }))
		.mutation(async ({ ctx, input: { deployment: key, reason } }) => {
			if (!listKeys(ctx).includes(key)) throw new AppError("not_found", `There is no model "${key}".`);
			return { isChanged: await ctx.services.breakers.open(key, { by: ctx.viewer.userId, reason }) };
		}),

	/** Closed at once, with nothing counted; a provider's wish to wait is dropped too. */
	close: adminProcedure
		.input(order)
		.output(z.object({ isChanged: z.boolean() }))
		.mutation(async ({ ctx, input: { deployment: key, reason } }) => ({
			isChanged: await ctx.services.breakers.close(key, { by: ctx.viewer.userId, reason }),
		})),
});
