import type { UsageLimits } from "@/server/client";
import { cn } from "../ui/button";
import { usageWords } from "../words/usage";
import { toResetWords } from "./instants";
import { toCount, toMoney } from "./money";

/** What the plan allows and what is left, with the instant at which each limit begins again. */
export function LimitMeters({ plan }: { readonly plan: UsageLimits }) {
	// Limits of one period stand together: the last one says for all when they reset.
	const limits = plan.limits.toSorted((a, b) => a.resetsAt.localeCompare(b.resetsAt));
	return (
		<div className="num flex flex-col gap-5">
			<p>{usageWords.plan(plan.planId)}</p>
			{limits.map((limit, index) => {
				const isLast = !limits.slice(index + 1).some(isOfPeriod(limit.resetsAt));
				return <Meter key={limit.name} limit={limit} plan={plan} isLastOfPeriod={isLast} />;
			})}
			<p className="text-meta text-muted">
				{usageWords.rates(toCount(plan.requestsPerMinute), toCount(plan.concurrentStreams))}{" "}
				{usageWords.planZone(plan.timeZone)}
			</p>
		</div>
	);
}

const isOfPeriod = (resetsAt: string) => (limit: PlanLimit) =>
	limit.resetsAt === resetsAt && limit.limit !== null;

function Meter(props: {
	readonly limit: PlanLimit;
	readonly plan: UsageLimits;
	readonly isLastOfPeriod: boolean;
}) {
	const { limit, plan, isLastOfPeriod } = props;
	const isMoney = limit.name.startsWith("money");
	const percent = toPercent(limit);
	// A plan that shows no money still shows how much of its allowance is left.
	const toText = (amount: string) => (isMoney ? toMoney(amount, plan.receipt) : toCount(amount));
	const used = toText(limit.used);
	const name = usageWords.limitNames[limit.name];
	if (limit.limit === null)
		return used === null ? null : (
			<p className="flex flex-wrap justify-between gap-x-4">
				<span>{name}</span>
				<span className="text-muted">{usageWords.noLimit(used)}</span>
			</p>
		);
	const text = used === null ? `${percent}%` : usageWords.ofLimit(used, toText(limit.limit) ?? "");
	const shown = Math.min(100, percent ?? 0);
	const held = limit.reserved === "0" ? null : toText(limit.reserved);
	return (
		<div className="flex flex-col gap-1.5">
			<p className="flex flex-wrap justify-between gap-x-4">
				<span>{name}</span>
				<span>{text}</span>
			</p>
			{/* biome-ignore lint/a11y/useSemanticElements: browsers draw their own meters, each in colours of its own. */}
			<div
				role="meter"
				aria-label={name}
				aria-valuenow={shown}
				aria-valuemin={0}
				aria-valuemax={100}
				aria-valuetext={text}
				className="h-2 overflow-hidden rounded-full bg-pressed"
			>
				<div className={cn("h-full", toColor(shown, plan.softLimitPercent))} style={{ width: `${shown}%` }} />
			</div>
			<p className="text-meta text-muted">
				{[
					held && `${usageWords.held(held)}.`,
					isLastOfPeriod && `${usageWords.resets(toResetWords(limit.resetsAt))}.`,
				]
					.filter(Boolean)
					.join(" ")}
			</p>
		</div>
	);
}

function toColor(percent: number, softLimitPercent: number): string {
	if (percent >= 100) return "bg-danger";
	return percent >= softLimitPercent ? "bg-warn" : "bg-accent";
}

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
