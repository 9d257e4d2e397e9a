import * as z from "zod";

const modelId = z.string().min(1).max(200);
const candidates = z.array(modelId).min(1).max(10);

/** How often a strong model answers: 0 never, 10 always, and between them about every tenth request more. */
export const dialMax = 10;
const dial = z.number().int().min(0).max(dialMax);

/** How Auto chooses between small and strong models: data, which an administrator drafts, tries and publishes. */
export const routingPolicy = z
	.strictObject({
		/** Catalogue ids, the first that can answer is asked. */
		small: candidates,
		strong: candidates,
		dial,
		/** By the name of a plan, in place of `dial`. */
		planDials: z.record(z.string().max(50), dial).default({}),
		/** From the plan's soft limit on the dial is so much lower. */
		nearLimitStep: z.number().int().min(0).max(dialMax).default(2),
		/** Whether a request near the bar is answered by a small model whose answer is judged before it is shown. */
		drafts: z.boolean().default(true),
		/** A draft may be so long; one that is longer goes to a strong model. */
		draftTokensMax: z.number().int().min(100).max(16_000).default(1_500),
		/** The model that judges drafts after the checks that cost nothing; null: these alone. */
		judge: z
			.strictObject({
				model: modelId,
				deadlineMs: z.number().int().min(5_000).max(20_000).default(8_000),
				/** What becomes of a draft on which no verdict comes in time. */
				onSilence: z.enum(["accept", "escalate"]).default("escalate"),
			})
			.nullable()
			.default(null),
		/** Of the answers such a share is made by the other road, too, and compared by a judge model, at the site's cost; null: none. */
		shadow: z
			.strictObject({
				share: z.number().min(0).max(0.2),
				judge: modelId,
				usdPerDay: z.string().regex(/^\d{1,6}(\.\d{1,9})?$/, "must be an amount in US dollars, such as 2.50"),
			})
			.nullable()
			.default(null),
	})
	.refine(({ small, strong }) => !small.some((id) => strong.includes(id)), {
		message: "a model is small or strong, not both",
		path: ["strong"],
	});
export type RoutingPolicy = z.infer<typeof routingPolicy>;

/** A policy that is in force. */
export interface PublishedPolicy {
	/** Counts up with each draft. */
	readonly version: number;
	readonly policy: RoutingPolicy;
}

/** The dial for a person: that of their plan, lower near its limit. */
export function toDial(policy: RoutingPolicy, person: { plan: string | null; isNearLimit: boolean }): number {
	const own = (person.plan === null ? undefined : policy.planDials[person.plan]) ?? policy.dial;
	return person.isNearLimit ? Math.max(0, own - policy.nearLimitStep) : own;
}
