import type { UsageSummary } from "@/server/client";
import { useModelName } from "../chat/state/queries";
import { usageWords } from "../words/usage";
import { type MoneyKind, toCount, toMoney } from "./money";

const cell = "py-1.5 pl-4 text-right whitespace-nowrap";

/** What each model cost and read and wrote; scrolls within itself on a phone. */
export function ModelTable({
	models,
	kind,
}: {
	readonly models: UsageSummary["models"];
	readonly kind: MoneyKind;
}) {
	const toName = useModelName();
	const heads = [usageWords.input, usageWords.cached, usageWords.output, usageWords.answers];
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
		<section className="overflow-x-auto" tabIndex={0} aria-label={usageWords.byModel}>
			<table className="num w-full text-meta">
				<thead>
					<tr className="text-muted">
						<th className="py-1.5 text-left font-normal">{usageWords.model}</th>
						{kind === "none" ? null : <th className={`${cell} font-normal`}>{usageWords.spend}</th>}
						{heads.map((head) => (
							<th key={head} className={`${cell} font-normal`}>
								{head}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{models.map((row) => (
						<tr key={row.modelId} className="border-t border-border">
							<th scope="row" className="max-w-56 truncate py-1.5 text-left font-normal">
								{toName(row.modelId)}
							</th>
							{kind === "none" ? null : <td className={cell}>{toMoney(row.chargedNanoUsd, kind)}</td>}
							<td className={cell}>{toCount(row.inputTokens)}</td>
							<td className={cell}>{toCount(row.cachedInputTokens)}</td>
							<td className={cell}>{toCount(row.outputTokens)}</td>
							<td className={cell}>{toCount(row.calls)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}
