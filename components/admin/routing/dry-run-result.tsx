import { toCount, toMoney } from "../../usage/money";
import { routingWords } from "../../words/routing";
import type { DryRun } from "./routing-queries";

const words = routingWords.result;
const roads = ["small", "draft", "strong", "default"] as const;

/** What a policy would have made of past messages: how many went which way, and the cost before and after. */
export function DryRunResult({ result }: { readonly result: DryRun }) {
	const { turns, roads: counts, beforeNanoUsd, afterNanoUsd, unpriced } = result;
	const percent = Math.round(100 * result.escalatedShare);
	const rows: [string, string | null][] = [
		[words.turns, toCount(turns)],
		...roads.map((road): [string, string] => [words[road], toCount(counts[road])]),
		[words.before, toMoney(beforeNanoUsd, "cost")],
		[words.after, toMoney(afterNanoUsd, "cost")],
		...(unpriced > 0 ? [[words.unpriced, toCount(unpriced)] as [string, string]] : []),
	];
	return (
		<section role="status" className="flex flex-col gap-2 rounded-card border border-border bg-surface p-4">
			<h3 className="font-medium">{words.title}</h3>
			{turns + unpriced === 0 ? (
				<p className="text-muted">{words.empty}</p>
			) : (
				<>
					<dl className="num flex flex-col gap-1">
						{rows.map(([name, value]) => (
							<div key={name} className="flex justify-between gap-4">
								<dt>{name}</dt>
								<dd>{value}</dd>
							</div>
						))}
					</dl>
					<p className="text-meta text-muted">{words.escalated(percent, result.isEscalationMeasured)}</p>
				</>
			)}
		</section>
	);
}
