"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleAlertIcon } from "lucide-react";
import { usageWords } from "../words/usage";
import { toResetWords } from "./instants";
import { findTightest } from "./limit-meters";
import { limitsQuery } from "./usage-queries";

/**
 * Says before it hurts that an allowance ends: a note from the plan's soft limit on (80 %), a card once it is used up, with the
 * instant at which it resets in the person's zone. Nothing below that.
 */
export function QuotaCard() {
	const { data: plan } = useQuery(limitsQuery());
	const tightest = plan ? findTightest(plan) : null;
	if (!plan || !tightest || tightest.percent < plan.softLimitPercent) return null;
	const { limit, percent } = tightest;
	const at = toResetWords(limit.resetsAt);
	const isSpent = limit.left === "0";
	return (
		<div
			role={isSpent ? "alert" : undefined}
			className="num mb-2 flex items-start gap-3 rounded-card border border-border bg-surface px-3.5 py-2.5 text-ui"
		>
			<CircleAlertIcon
				size={16}
				aria-hidden
				className={isSpent ? "mt-0.5 shrink-0 text-danger" : "mt-0.5 shrink-0 text-warn"}
			/>
			<p className="min-w-0 flex-1">
				<strong className="font-medium">
					{isSpent
						? usageWords.spentTitles[limit.name]
						: usageWords.nearTitle(Math.min(99, percent), usageWords.limitPhrases[limit.name])}
				</strong>{" "}
				<span className="text-muted">{isSpent ? usageWords.spentBody(at) : usageWords.nearBody(at)}</span>
			</p>
			<a href="/usage" className="shrink-0 text-accent-text underline underline-offset-4">
				{usageWords.seeUsage}
			</a>
		</div>
	);
}
