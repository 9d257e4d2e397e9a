import { AppError } from "../contract/errors.ts";
import type { PlanRates } from "./rate-limit-plans.ts";
import type { RateDecision, RateLimit, RateStore } from "./rate-store.ts";

/** Who is limited: a person, or a key of theirs, by the plan that pays. */
export interface RateSubject {
	readonly kind: "user" | "key";
	readonly id: string;
	readonly plan: string;
}

/** One request: what became of it, and the way to uncount it. */
export interface TakenTurn extends RateDecision {
	/** Where it was counted it counts no more, unless the store does not answer; what is left then. Never rejects. */
	giveBack(): Promise<RateDecision>;
}

/** How often somebody may ask for an answer. */
export interface TurnRates {
	/** Counts one request by the plan as it was at most a second ago. Waits 250 ms at most; rejects only with the database. */
	take(subject: RateSubject): Promise<TakenTurn>;
}

export const turnWindowMs = 60_000;

/**
 * Requests for answers: counted by `shared` for all instances; when it does not know, by `local` with this instance's share
 * of the limit. Money has a harder limit of its own, so chat goes on.
 *
 * @param input.instances how many processes share a limit that each must count alone.
 */
export function createTurnRates(input: {
	readonly shared: RateStore | null;
	readonly local: RateStore;
	readonly instances: number;
	readonly plans: PlanRates;
}): TurnRates {
	const { shared, local, instances, plans } = input;
	return {
		async take({ kind, id, plan }) {
			const limit = { max: await plans.findMax(plan), windowMs: turnWindowMs };
			const key = `turn:${kind}:${id}`;
			const verdict = (await shared?.take(key, limit)) ?? { outcome: "unknown" };
			if (verdict.outcome === "deny") return { limit, verdict, giveBack: async () => ({ limit, verdict }) };
			// Counted here too, so that this process knows what it let through when Redis goes away.
			const own = toShare(limit, instances);
			const ours = await local.take(key, own);
			if (ours.outcome === "unknown") throw new TypeError("This process can always count.");
			const isShared = verdict.outcome === "allow";
			const decision = isShared ? { limit, verdict } : { limit: own, verdict: ours };
			return {
				...decision,
				async giveBack() {
					if (isShared) await shared?.giveBack(key, limit);
					if (ours.outcome === "allow") await local.giveBack(key, own);
					return toGivenBack(decision);
				},
			};
		},
	};
}

function toGivenBack({ limit, verdict }: RateDecision): RateDecision {
	if (verdict.outcome === "deny") return { limit, verdict };
	return { limit, verdict: { ...verdict, remaining: Math.min(limit.max, verdict.remaining + 1) } };
}

/** What one of several instances may let through when each counts alone: together the limit, but one at least. */
export function toShare({ max, windowMs }: RateLimit, instances: number): RateLimit {
	return { max: Math.min(max, Math.max(1, Math.floor(max / instances))), windowMs };
}

export function toRateError(retryAfterMs: number): AppError {
	return new AppError("rate_limited", "Too many requests.", { details: { retryAfterMs } });
}
