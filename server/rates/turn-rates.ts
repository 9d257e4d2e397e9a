import { AppError } from "../contract/errors.ts";
import type { PlanRates } from "./plan-rates.ts";
import type { RateDecision, RateLimit, RateStore } from "./rate-store.ts";

/** Who is limited: a person, by their plan; and the API key that calls in their name, by its own limit. */
export interface RateSubject {
	readonly userId: string;
	readonly plan: string;
	readonly key?: { readonly keyId: string; readonly requestsPerMinute: number | null } | undefined;
}

/** The decision about one request, which can be uncounted. */
export interface TakenTurn extends RateDecision {
	/** Uncounts the request where it was counted, if the store answers. Resolves to the decision with what is left then. Never rejects. */
	giveBack(): Promise<RateDecision>;
}

/** Limits how often a person may request an answer. */
export interface TurnRates {
	/**
	 * Counts one request by a plan that was read at most a second ago, and under the key's limit where it has one: under both or, when one
	 * refuses, under none. Waits at most 250 ms for each; rejects only when the database fails.
	 */
	take(subject: RateSubject): Promise<TakenTurn>;
}

const turnWindowMs = 60_000;

/**
 * Counts requests for answers in `shared` for all instances, and while that does not answer in `local` with this instance's share
 * of the limit. Chat may go on without the shared counter because the budget in the database is the hard limit.
 *
 * @param input.instances how many processes share a limit that each has to count alone.
 */
export function createTurnRates(input: {
	readonly shared: RateStore | null;
	readonly local: RateStore;
	readonly instances: number;
	readonly plans: PlanRates;
}): TurnRates {
	const { shared, local, instances, plans } = input;
	async function takeOne(key: string, max: number): Promise<TakenTurn> {
		const limit = { max, windowMs: turnWindowMs };
		const verdict = (await shared?.take(key, limit)) ?? { outcome: "unknown" };
		if (verdict.outcome === "deny") return { limit, verdict, giveBack: async () => ({ limit, verdict }) };
		// Counted here, too, so that this process knows what it allowed when Redis becomes unavailable.
		const own = toShare(limit, instances);
		const localVerdict = await local.take(key, own);
		if (localVerdict.outcome === "unknown") throw new TypeError("The store in memory gave no verdict.");
		const isShared = verdict.outcome === "allow";
		const decision = isShared ? { limit, verdict } : { limit: own, verdict: localVerdict };
		return {
			...decision,
			async giveBack() {
				if (isShared) await shared?.giveBack(key, limit);
				if (localVerdict.outcome === "allow") await local.giveBack(key, own);
				return afterGivingBack(decision);
			},
		};
	}
	return {
		async take({ userId, plan, key }) {
			const max = key?.requestsPerMinute ?? null;
			const byKey = key && max !== null ? await takeOne(`turn:key:${key.keyId}`, max) : null;
			if (byKey?.verdict.outcome === "deny") return byKey;
			const byPlan = await takeOne(`turn:user:${userId}`, await plans.findMax(plan));
			if (!byKey) return byPlan;
			if (byPlan.verdict.outcome === "deny") {
				await byKey.giveBack();
				return byPlan;
			}
			return toBoth(byKey, byPlan);
		},
	};
}

/** Two limits that allowed a request, as one decision: the one that has less left. */
function toBoth(one: TakenTurn, other: TakenTurn): TakenTurn {
	const left = ({ verdict }: RateDecision) => (verdict.outcome === "allow" ? verdict.remaining : 0);
	const pick = (a: RateDecision, b: RateDecision) => (left(a) <= left(b) ? a : b);
	return {
		...pick(one, other),
		giveBack: async () => pick(await one.giveBack(), await other.giveBack()),
	};
}

function afterGivingBack({ limit, verdict }: RateDecision): RateDecision {
	if (verdict.outcome === "deny") return { limit, verdict };
	return { limit, verdict: { ...verdict, remaining: Math.min(limit.max, verdict.remaining + 1) } };
}

/** The share of one of several instances that count alone: together they allow the limit, but each at least one. */
function toShare({ max, windowMs }: RateLimit, instances: number): RateLimit {
	return { max: Math.min(max, Math.max(1, Math.floor(max / instances))), windowMs };
}

export function toRateError(retryAfterMs: number): AppError {
	return new AppError("rate_limited", "Too many requests.", {
		details: { limit: "requests_per_minute", retryAfterMs },
	});
}
