"use client";

import { useQuery } from "@tanstack/react-query";
import type { TurnReceipt } from "@/server/client";
import { useModelName } from "../chat/state/queries";
import { usageWords } from "../words/usage";
import { type MoneyKind, toCount, toExactMoney } from "./money";
import { turnQuery } from "./usage-queries";

type Attempt = TurnReceipt["attempts"][number];

/** An answer's bill: its attempts, the tokens of each by class, and who pays. */
export function TurnBill({ turnId, kind }: { readonly turnId: string; readonly kind: MoneyKind }) {
	const { data, isError } = useQuery(turnQuery(turnId));
	if (isError) return <p role="alert">{usageWords.receiptFailed}</p>;
	if (!data) return <p className="text-muted">{usageWords.loading}</p>;
	const sums = [
		[usageWords.youPay, data.chargedNanoUsd],
		...(data.houseNanoUsd === "0" ? [] : [[usageWords.housePays, data.houseNanoUsd]]),
		...(data.correctedNanoUsd === "0" ? [] : [[usageWords.corrected, data.correctedNanoUsd]]),
		...(data.creditedNanoUsd === "0" ? [] : [[usageWords.givenBack, data.creditedNanoUsd]]),
		...(/^-|^0$/.test(data.savedNanoUsd) ? [] : [[usageWords.saved, data.savedNanoUsd]]),
	] as [string, string][];
	return (
		<div className="num flex flex-col gap-4">
			{data.attempts.map((attempt) => (
				<AttemptBill key={attempt.attempt} attempt={attempt} kind={kind} />
			))}
			{kind === "none" ? null : (
				<dl className="flex flex-col gap-1 border-t border-border pt-3">
					{sums.map(([name, amount]) => (
						<div key={name} className="flex justify-between gap-4">
							<dt>{name}</dt>
							<dd>{toExactMoney(amount, kind)}</dd>
						</div>
					))}
				</dl>
			)}
			<a href="/usage" className="w-fit text-accent-text underline underline-offset-4">
				{usageWords.title}
			</a>
		</div>
	);
}

function AttemptBill({ attempt, kind }: { readonly attempt: Attempt; readonly kind: MoneyKind }) {
	const toName = useModelName();
	const seconds = new Intl.NumberFormat("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 });
	const notes = [
		attempt.classes.length === 0 ? usageWords.nothingUsed : usageWords.sources[attempt.usageSource],
		attempt.priceId === null && kind === "cost" ? usageWords.unpriced : null,
		attempt.otherModelId === null ? null : usageWords.otherModel(attempt.otherModelId),
		attempt.isLongContext ? usageWords.longContext : null,
	].filter((note) => note !== null);
	return (
		<section className="flex flex-col gap-1.5">
			<h3 className="flex justify-between gap-4 font-medium">
				<span className="min-w-0 truncate">
					{(usageWords.purposes[attempt.purpose] ?? usageWords.attempt)(
						attempt.attempt,
						toName(attempt.modelId),
					)}
				</span>
				<span className="shrink-0 font-normal text-muted">
					{usageWords.outcomes[attempt.outcome] ?? attempt.outcome} ·{" "}
					{seconds.format(attempt.durationMs / 1000)} s
				</span>
			</h3>
			<table className="w-full">
				<thead className="sr-only">
					<tr>
						<th>{usageWords.tokens}</th>
						<th>{usageWords.tokens}</th>
						{kind === "cost" ? <th>{usageWords.price}</th> : null}
						{kind === "none" ? null : <th>{usageWords.cost}</th>}
					</tr>
				</thead>
				<tbody>
					{attempt.classes.map((line) => (
						<tr key={line.tokenClass}>
							<th scope="row" className="py-0.5 text-left font-normal text-muted">
								{usageWords.tokenClasses[line.tokenClass]}
							</th>
							<td className="py-0.5 text-right">{toCount(line.tokens)}</td>
							{kind === "cost" ? (
								<td className="py-0.5 text-right text-muted">× ${line.usdPerMTok}/M</td>
							) : null}
							{kind === "none" ? null : (
								<td className="py-0.5 text-right">{toExactMoney(line.costNanoUsd, kind)}</td>
							)}
						</tr>
					))}
				</tbody>
			</table>
			<p className="text-small text-muted">{notes.join(" · ")}</p>
		</section>
	);
}
