import * as z from "zod";
import { toInputTokensMax } from "../context/index.ts";
import { modelTiers } from "../contract/kinds.ts";
import type { CatalogueModel } from "../models/index.ts";
import type { ListedBreaker } from "../resilience/index.ts";
import { keyProcedure, router } from "./trpc.ts";

/** Why a model is not called at present, and until when; `until` is null for one that is turned off manually. */
const unavailable = z.object({
	/** `down`: it fails; `limited`: its provider asked to wait; `off`: an administrator turned it off. */
	reason: z.enum(["down", "limited", "off"]),
	until: z.string().nullable(),
});

export const modelsRouter = router({
	list: keyProcedure("chat:write")
		.output(
			z.object({
				models: z.array(
					z.object({
						id: z.string(),
						name: z.string(),
						tier: z.enum(modelTiers),
						contextWindow: z.number(),
						/** How much of a conversation a request has room for beside an answer, in tokens as `threads.context` counts them. */
						conversationTokensMax: z.number(),
						isTest: z.boolean(),
						/** List prices, US dollars per million tokens, as decimal strings; null for a model without a price. */
						prices: z.object({ inputUsdPerMTok: z.string(), outputUsdPerMTok: z.string() }).nullable(),
						/** Null for a model that can be called. */
						unavailable: unavailable.nullable(),
					}),
				),
				/** Whether `auto` chooses between small and strong models for each message. */
				isRouted: z.boolean(),
				/** The model that `auto` chooses at present, where it does not choose for each message. */
				defaultModelId: z.string(),
			}),
		)
		.query(async ({ ctx }) => {
			const { models, breakers, policies } = ctx.services;
			const states = new Map((await breakers.list()).map((state) => [state.key, state]));
			return {
				models: models.list().map((model) => ({
					...model,
					conversationTokensMax: toInputTokensMax(Number.MAX_SAFE_INTEGER, model),
					unavailable: toUnavailable(model, states),
				})),
				isRouted: policies.find(ctx.viewer.userId) !== null,
				defaultModelId: models.default().id,
			};
		}),
});

/** The state of the provider's breaker counts for all of its models. */
function toUnavailable(
	{ providerId, providerModelId }: CatalogueModel,
	states: ReadonlyMap<string, ListedBreaker>,
): z.infer<typeof unavailable> | null {
	for (const key of [providerId, `${providerId}/${providerModelId}`]) {
		const state = states.get(key);
		// What one person's failures opened is open for the others.
		if (!state || state.isForOnePerson) continue;
		const { isHeld, openUntil, throttledUntil } = state;
		if (isHeld) return { reason: "off", until: null };
		if (state.state === "open" && openUntil !== null && Date.parse(openUntil) > Date.now())
			return { reason: "down", until: openUntil };
		if (throttledUntil !== null) return { reason: "limited", until: throttledUntil };
	}
	return null;
}
