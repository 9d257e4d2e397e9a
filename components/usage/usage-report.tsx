"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { UsageSummary } from "@/server/client";
import { Button } from "../ui/button";
import { FrameSection } from "../ui/page-frame";
import { usageWords } from "../words/usage";
import { DayChart } from "./day-chart";
import { ExportButtons } from "./export-buttons";
import { ownTimeZone, toMonth, toMonthName, toMonthsBefore } from "./instants";
import { LimitMeters } from "./limit-meters";
import { ModelTable } from "./model-table";
import { toCount, toMoney } from "./money";
import { type ShownMonth, summaryQuery } from "./usage-queries";

const monthsShown = 12;

interface UsageReportProps {
	/** When the account was made, ISO 8601: no month before that has anything to show. */
	readonly since: string;
}

/** Spend and tokens of a month, and what is left of the plan. */
export function UsageReport({ since }: UsageReportProps) {
	// Month and zone are the browser's: until it runs, there is nothing to show.
	const [shown, setShown] = useState<(ShownMonth & { months: string[] }) | null>(null);
	useEffect(() => {
		const timeZone = ownTimeZone();
		const month = toMonth(new Date(), timeZone);
		const first = toMonth(new Date(since), timeZone);
		const months = toMonthsBefore(month, monthsShown).filter((one) => one >= first);
		setShown({ month, timeZone, months });
	}, [since]);
	if (!shown) return <p className="text-muted">{usageWords.loading}</p>;
	return (
		<>
			<div className="flex flex-wrap items-center justify-between gap-3">
				<label className="flex items-center gap-2">
					{usageWords.month}
					<select
						value={shown.month}
						onChange={(event) => setShown({ ...shown, month: event.target.value })}
						className="h-8 touch:h-11 rounded-control border border-border-strong bg-raised px-2 touch:text-base"
					>
						{shown.months.map((month) => (
							<option key={month} value={month}>
								{toMonthName(month)}
							</option>
						))}
					</select>
				</label>
				<ExportButtons shown={shown} />
			</div>
			<Month shown={shown} />
		</>
	);
}

function Month({ shown }: { readonly shown: ShownMonth }) {
	const { data, isError, refetch } = useQuery(summaryQuery(shown));
	if (isError)
		return (
			<div role="alert" className="flex items-center gap-3">
				<p>{usageWords.failed}</p>
				<Button onClick={() => void refetch()}>{usageWords.tryAgain}</Button>
			</div>
		);
	if (!data) return <p className="text-muted">{usageWords.loading}</p>;
	return (
		<>
			{data.days.length === 0 ? (
				<p className="rounded-card border border-border bg-surface px-4 py-8 text-center text-muted">
					{usageWords.empty}
				</p>
			) : (
				<Spent summary={data} month={shown.month} />
			)}
			<p className="text-meta text-muted">{usageWords.zone(data.timeZone)}</p>
			<FrameSection title={usageWords.limits}>
				<LimitMeters plan={data.plan} />
			</FrameSection>
		</>
	);
}

const toTokens = (row: { readonly inputTokens: number; readonly outputTokens: number }) =>
	row.inputTokens + row.outputTokens;

function Spent({ summary, month }: { readonly summary: UsageSummary; readonly month: string }) {
	const { total, days, plan } = summary;
	const money = toMoney(total.chargedNanoUsd, plan.receipt);
	const adjusted = total.adjustedNanoUsd === "0" ? null : toMoney(total.adjustedNanoUsd, plan.receipt);
	const perDay = days.map(({ day, chargedNanoUsd }) => ({
		day,
		size: Number(chargedNanoUsd),
		text: toMoney(chargedNanoUsd, plan.receipt) ?? "",
	}));
	const tokensPerDay = days.map((row) => ({
		day: row.day,
		size: toTokens(row),
		text: toCount(toTokens(row)),
	}));
	return (
		<>
			<dl className="num flex flex-wrap gap-x-10 gap-y-3">
				{money ? <Figure name={usageWords.spend} value={money} /> : null}
				<Figure name={usageWords.tokens} value={toCount(toTokens(total))} />
				<Figure name={usageWords.answers} value={toCount(total.calls)} />
			</dl>
			{adjusted ? <p className="text-muted">{usageWords.credited(adjusted)}</p> : null}
			{money ? <DayChart what={usageWords.spend} month={month} values={perDay} /> : null}
			<DayChart what={usageWords.tokens} month={month} values={tokensPerDay} />
			<FrameSection title={usageWords.byModel}>
				<ModelTable models={summary.models} kind={plan.receipt} />
			</FrameSection>
		</>
	);
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
	return (
		<div>
			<dt className="text-meta text-muted">{name}</dt>
			<dd className="text-title font-semibold">{value}</dd>
		</div>
	);
}
