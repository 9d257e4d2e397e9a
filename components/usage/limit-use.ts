import type { UsageLimits } from "@/server/client";

export type PlanLimit = UsageLimits["limits"][number];

/** How much of a limit is used or held, in whole percent, rounded down; null without a limit. A limit of 0 is used up. */
export function toPercent({ limit, used, reserved }: PlanLimit): number | null {
	if (limit === null) return null;
	const taken = BigInt(used) + BigInt(reserved);
	if (BigInt(limit) === 0n) return 100;
	return taken <= 0n ? 0 : Number((taken * 100n) / BigInt(limit));
}

/** The limit that ends first, with its percentage; null when the plan has none. */
export function findTightest(plan: UsageLimits): { limit: PlanLimit; percent: number } | null {
	const known = plan.limits.flatMap((limit) => {
		const percent = toPercent(limit);
		return percent === null ? [] : [{ limit, percent }];
	});
	return known.reduce<(typeof known)[number] | null>(
		(most, one) => (most === null || one.percent > most.percent ? one : most),
		null,
	);
}
