"use client";

import type { Receipt } from "@/server/client";
import { useModelName } from "../chat/state/queries";
import { usageWords } from "../words/usage";
import { type MoneyKind, toExactMoney, toMoney } from "./money";

const words = usageWords.route;
type Route = NonNullable<Receipt["route"]>;

/** Why Auto chose the model of an answer, what became of a draft, and what the choice saved. */
export function RouteNote({ route, kind }: { readonly route: Route; readonly kind: MoneyKind }) {
	const toName = useModelName();
	const { road, ground, score, strongFrom, features, isNearLimit, draft } = route;
	const facts = [
		score === null ? null : words.chance(toPercent(score)),
		strongFrom === null ? null : words.from(toPercent(strongFrom)),
		features.length === 0 ? null : words.features(features.join(", ")),
	].filter((fact) => fact !== null);
	return (
		<section className="num mb-4 flex flex-col gap-1.5 border-b border-border pb-3">
			<h3 className="font-medium">{words.title}</h3>
			<p>{words.grounds[ground] ?? words.roads[road]}</p>
			{draft && draft.isAccepted !== null ? (
				<p>
					{draft.isAccepted
						? words.accepted(toName(draft.modelId))
						: words.rejected(toName(draft.modelId), draft.faults.join(", "))}
				</p>
			) : null}
			{isNearLimit ? <p>{words.nearLimit}</p> : null}
			<p className="text-small text-muted">{facts.join(" · ")}</p>
			<Saving route={route} kind={kind} />
		</section>
	);
}

function Saving({ route, kind }: { readonly route: Route; readonly kind: MoneyKind }) {
	const toName = useModelName();
	const { savedNanoUsd, otherModelId, expected } = route;
	if (kind === "none") return null;
	const name = otherModelId === null ? "" : toName(otherModelId);
	const isMore = savedNanoUsd?.startsWith("-") ?? false;
	const lines: [string, string | null][] = [];
	if (savedNanoUsd !== null && otherModelId !== null)
		lines.push([
			isMore ? words.costMore(name) : words.saved(name),
			toExactMoney(savedNanoUsd.replace("-", ""), kind),
		]);
	if (expected)
		lines.push(
			[words.expectedSmall, toMoney(expected.small, kind)],
			[words.expectedStrong, toMoney(expected.strong, kind)],
		);
	if (lines.length === 0) return null;
	return (
		<dl className="flex flex-col gap-1">
			{lines.map(([label, amount]) => (
				<div key={label} className="flex justify-between gap-4">
					<dt>{label}</dt>
					<dd>{amount}</dd>
				</div>
			))}
		</dl>
	);
}

const toPercent = (chance: number): number => Math.round(chance * 100);
