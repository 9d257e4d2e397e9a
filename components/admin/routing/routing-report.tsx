"use client";

import { useQuery } from "@tanstack/react-query";
import { toCount, toMoney } from "../../usage/money";
import { adminWords } from "../../words/admin";
import { routingWords } from "../../words/routing";
import { ReadFailure } from "../read-failure";
import { reportQuery } from "./routing-queries";

const { report: words } = routingWords;
const { columns } = words;

/** What became of Auto's decisions in the month that runs. */
export function RoutingReport() {
	const { data, isError, refetch } = useQuery(reportQuery());
	if (isError && !data) return <ReadFailure onRetry={() => void refetch()} />;
	if (!data) return <p className="text-muted">{adminWords.loading}</p>;
	if (data.roads.length === 0) return <p className="text-muted">{words.empty}</p>;
	const cell = "py-1.5 pl-4 text-right max-sm:pl-2";
	return (
		<>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls what scrolls. */}
			<section className="scroll-hint-x overflow-x-auto" tabIndex={0} aria-label={words.title}>
				<table className="num w-full min-w-[34rem] text-meta">
					<thead>
						<tr className="text-meta text-muted">
							<th scope="col" className="py-1.5 text-left font-normal">
								{columns.road}
							</th>
							{[columns.turns, columns.charged, columns.saved, columns.rejected, columns.retried].map(
								(name) => (
									<th key={name} scope="col" className={`${cell} font-normal`}>
										{name}
									</th>
								),
							)}
						</tr>
					</thead>
					<tbody>
						{data.roads.map((road) => (
							<tr key={road.road} className="border-t border-border">
								<th scope="row" className="py-1.5 text-left font-normal">
									{words.roads[road.road]}
								</th>
								<td className={cell}>{toCount(road.turns)}</td>
								<td className={cell}>{toMoney(road.chargedNanoUsd, "cost")}</td>
								<td className={cell}>{toMoney(road.savedNanoUsd, "cost")}</td>
								<td className={cell}>{toCount(road.rejectedDrafts)}</td>
								<td className={cell}>{toCount(road.retried)}</td>
							</tr>
						))}
					</tbody>
				</table>
			</section>
			<p className="text-muted">{words.advice[data.advice]}</p>
		</>
	);
}
