"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleAlertIcon, XIcon } from "lucide-react";
import { useState } from "react";
import { readTabStored, writeTabStored } from "../connection/local-storage";
import { cn, IconButton } from "../ui/button";
import { RaiseHint } from "../ui/raise-hint";
import { messages } from "../words/chat";
import { usageWords } from "../words/usage";
import { toResetWords } from "./instants";
import { findTightest } from "./limit-meters";
import { limitsQuery } from "./usage-queries";

const closedKey = "parley-closed-limit";

/**
 * Says before it hurts that an allowance ends: a note from the plan's soft limit on (80 %), a card once it is used up, with the
 * instant at which it resets in the person's zone. Nothing below that, and nothing more of a card that was closed.
 */
export function QuotaCard() {
	const { data: plan } = useQuery(limitsQuery());
	const [closed, setClosed] = useState(() => readTabStored(closedKey));
	const tightest = plan ? findTightest(plan) : null;
	if (!plan || !tightest || tightest.percent < plan.softLimitPercent) return null;
	const { limit, percent } = tightest;
	const at = toResetWords(limit.resetsAt);
	const isSpent = limit.left === "0";
	const name = [limit.name, limit.resetsAt, isSpent].join();
	if (closed === name) return null;
	const close = () => {
		setClosed(name);
		writeTabStored(closedKey, name);
	};
	return (
		<div
			role={isSpent ? "alert" : undefined}
			className="num mb-2 flex items-start gap-3 rounded-card border border-border bg-surface px-3.5 py-2.5 text-ui"
		>
			<CircleAlertIcon
				size={16}
				aria-hidden
				className={cn("mt-0.5 shrink-0", isSpent ? "text-danger" : "text-warn")}
			/>
			<div className="min-w-0 flex-1">
				<p>
					<strong className="font-medium">
						{isSpent
							? usageWords.spentTitles[limit.name]
							: usageWords.nearTitle(Math.min(99, percent), usageWords.limitPhrases[limit.name])}
					</strong>{" "}
					<span className="text-muted">{isSpent ? usageWords.spentBody(at) : usageWords.nearBody(at)}</span>
				</p>
				<RaiseHint raiseWith={limit.raiseWith} />
			</div>
			<a href="/usage" className="shrink-0 text-accent-text underline underline-offset-4">
				{usageWords.seeUsage}
			</a>
			<IconButton label={messages.close} onClick={close} className="-my-1.5 -mr-2 shrink-0">
				<XIcon size={16} aria-hidden />
			</IconButton>
		</div>
	);
}
