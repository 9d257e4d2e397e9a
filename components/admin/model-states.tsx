"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button, cn } from "../ui/button";
import { FrameSection } from "../ui/page-frame";
import { toInstantWords, toTimeWords } from "../usage/instants";
import { adminWords } from "../words/admin";
import { messages } from "../words/chat";
import { BreakerHistory } from "./breaker-history";
import { type BreakerOrder, OrderDialog } from "./breaker-order";
import { type Breaker, type BreakerChange, breakersQuery, historyQuery } from "./breaker-queries";
import { groupBreakers, toBreakerName, toShortName, toState } from "./group-breakers";
import { ReadFailure } from "./read-failure";

/** Every model with its circuit breaker: what it does now, what happened, and a switch for each. */
export function ModelStates({ userId }: { readonly userId: string }) {
	const { data, isError, refetch } = useQuery(breakersQuery());
	const history = useInfiniteQuery(historyQuery()).data?.pages.flatMap(({ changes }) => changes);
	const [order, setOrder] = useState<BreakerOrder | null>(null);
	if (isError && !data) return <ReadFailure onRetry={() => void refetch()} />;
	if (!data) return <p className="text-muted">{adminWords.loading}</p>;
	return (
		<>
			{groupBreakers(data.breakers).map(({ providerId, provider, models }) => (
				<FrameSection key={providerId} title={providerId}>
					<ul className="-mt-2 flex flex-col">
						{provider ? (
							<Row
								breaker={provider}
								name={adminWords.wholeProvider}
								fullName={providerId}
								onOrder={setOrder}
							/>
						) : null}
						{models.map((breaker) => (
							<Row
								key={breaker.deployment}
								breaker={breaker}
								name={toBreakerName(breaker)}
								fullName={toBreakerName(breaker)}
								lastFailure={history?.find(
									({ deployment, to }) => deployment === breaker.deployment && to === "open",
								)}
								onOrder={setOrder}
							/>
						))}
					</ul>
				</FrameSection>
			))}
			<FrameSection title={adminWords.history}>
				<BreakerHistory userId={userId} breakers={data.breakers} />
			</FrameSection>
			<OrderDialog order={order} onClose={() => setOrder(null)} />
		</>
	);
}

interface RowProps {
	readonly breaker: Breaker;
	readonly name: string;
	/** As it is called outside of its section. */
	readonly fullName: string;
	/** When it was last paused or turned off. */
	readonly lastFailure?: BreakerChange | undefined;
	onOrder(order: BreakerOrder): void;
}

const dots = {
	called: "bg-ok",
	wait: "bg-warn",
	tried: "bg-warn",
	due: "bg-warn",
	onePerson: "bg-warn",
	notCalled: "bg-danger",
	held: "bg-danger",
};

/** How good and how expensive it is, and its name at the provider where that is another one. */
function Facts({ breaker: { model, deployment } }: Pick<RowProps, "breaker">) {
	if (!model) return null;
	const { tier, prices, name } = model;
	const short = toShortName(deployment);
	const facts = [
		messages.tiers[tier],
		prices ? adminWords.prices(prices.inputUsdPerMTok, prices.outputUsdPerMTok) : adminWords.noPrice,
		short === name ? null : short,
	];
	return (
		<span className="num block text-meta text-muted">
			{facts.filter((fact) => fact !== null).join(" · ")}
		</span>
	);
}

function Row({ breaker, name, fullName, lastFailure, onOrder }: RowProps) {
	const { kind, until } = toState(breaker, Date.now());
	const words = adminWords.states[kind];
	const { deployment, changedAt, lastError } = breaker;
	const canOpen = kind !== "held" && kind !== "notCalled" && kind !== "due";
	return (
		<li
			data-state={kind}
			className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-border py-2 first:border-t-0"
		>
			<span className="min-w-0 flex-1 basis-48 break-words max-sm:basis-full">
				{name}
				<Facts breaker={breaker} />
			</span>
			<span className="num flex min-w-0 basis-64 items-baseline gap-2 max-sm:flex-1 max-sm:basis-0">
				<span aria-hidden className={cn("size-2 shrink-0 rounded-full", dots[kind])} />
				<span>
					{typeof words === "string" ? words : words(toTimeWords(until ?? ""))}
					{changedAt && kind !== "called" ? (
						<span className="block text-meta text-muted">{adminWords.since(toInstantWords(changedAt))}</span>
					) : null}
					{lastError ? (
						<span className="block text-meta text-muted">
							{adminWords.lastError(adminWords.errors[lastError.class], toInstantWords(lastError.at))}
						</span>
					) : null}
					{lastFailure && kind !== "wait" ? (
						<LastFailure change={lastFailure} isOver={kind === "called"} />
					) : null}
				</span>
			</span>
			<span className="flex min-w-28 justify-end gap-2">
				{kind === "called" ? null : (
					<Button
						aria-label={adminWords.closeLabel(fullName)}
						onClick={() => onOrder({ to: "close", deployment, name: fullName })}
					>
						{adminWords.close}
					</Button>
				)}
				{canOpen ? (
					<Button
						kind={kind === "called" ? "quiet" : "outline"}
						aria-label={adminWords.openLabel(fullName)}
						onClick={() => onOrder({ to: "open", deployment, name: fullName })}
					>
						{adminWords.open}
					</Button>
				) : null}
			</span>
		</li>
	);
}

/** Why it was last paused; of one that works again also when. */
function LastFailure({ change, isOver }: { readonly change: BreakerChange; readonly isOver: boolean }) {
	const { cause, reason, changedAt } = change;
	const why = [cause === "hand" ? null : adminWords.causes[cause], reason].filter(Boolean).join(": ");
	if (why === "") return null;
	return (
		<span className="block text-meta break-words text-muted">
			{isOver ? adminWords.lastFailure(toInstantWords(changedAt), why) : why}
		</span>
	);
}
