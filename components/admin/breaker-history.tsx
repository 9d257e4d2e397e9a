import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "../ui/button";
import { toInstantWords } from "../usage/instants";
import { adminWords } from "../words/admin";
import { type Breaker, type BreakerChange, historyQuery } from "./breaker-queries";
import { toBreakerName } from "./group-breakers";
import { ReadFailure } from "./read-failure";

const cell = "py-2 pr-4 align-top";

interface BreakerHistoryProps {
	readonly userId: string;
	/** Who is meant by the names in the history. */
	readonly breakers: readonly Breaker[];
}

/** What opened and closed, the newest first; scrolls within itself on a phone. */
export function BreakerHistory({ userId, breakers }: BreakerHistoryProps) {
	const names = new Map(breakers.map((breaker) => [breaker.deployment, toBreakerName(breaker)]));
	const { data, isError, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
		historyQuery(),
	);
	if (isError && !data) return <ReadFailure onRetry={() => void refetch()} />;
	if (!data) return <p className="text-muted">{adminWords.loading}</p>;
	const changes = data.pages.flatMap((page) => page.changes);
	if (changes.length === 0) return <p className="text-muted">{adminWords.historyEmpty}</p>;
	return (
		<>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
			<section className="scroll-hint-x overflow-x-auto" tabIndex={0} aria-label={adminWords.history}>
				<table className="num w-full min-w-[34rem] text-left text-meta">
					<thead>
						<tr className="text-muted">
							{[adminWords.when, adminWords.model, adminWords.change, adminWords.why].map((head) => (
								<th key={head} scope="col" className="py-1.5 pr-4 font-normal">
									{head}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{changes.map((change) => (
							<Row
								key={change.id}
								change={change}
								name={names.get(change.deployment) ?? change.deployment}
								userId={userId}
							/>
						))}
					</tbody>
				</table>
			</section>
			{hasNextPage ? (
				<Button className="self-start" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
					{adminWords.older}
				</Button>
			) : null}
		</>
	);
}

function Row(props: { readonly change: BreakerChange; readonly name: string; readonly userId: string }) {
	const { change, name, userId } = props;
	return (
		<tr className="border-t border-border">
			<td className={`${cell} whitespace-nowrap text-muted`}>{toInstantWords(change.changedAt)}</td>
			<td className={`${cell} max-w-56 break-words`}>{name}</td>
			<td className={`${cell} whitespace-nowrap`}>
				{(change.cause === "hand" ? adminWords.manualChanges : adminWords.changes)[change.to]}
			</td>
			<td className={cell}>
				{toCause(change, userId)}
				{change.reason ? <span className="block break-words text-muted">{change.reason}</span> : null}
			</td>
		</tr>
	);
}

function toCause({ cause, changedBy }: BreakerChange, userId: string): string {
	if (cause !== "hand") return adminWords.causes[cause];
	const { by } = adminWords;
	if (changedBy === null) return adminWords.changedBy(by.commandLine);
	return adminWords.changedBy(changedBy === userId ? by.you : by.other);
}
