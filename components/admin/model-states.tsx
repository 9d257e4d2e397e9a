"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button, cn } from "../ui/button";
import { FrameSection } from "../ui/page-frame";
import { toInstantWords, toTimeWords } from "../usage/instants";
import { adminWords } from "../words/admin";
import { BreakerHistory } from "./breaker-history";
import { type BreakerOrder, OrderDialog } from "./breaker-order";
import { type Breaker, breakersQuery } from "./breaker-queries";
import { groupBreakers, toShortName, toState } from "./group-breakers";
import { ReadFailure } from "./read-failure";

/** Every model with its circuit breaker: what it does now, what happened, and a switch for each. */
export function ModelStates({ userId }: { readonly userId: string }) {
	const { data, isError, refetch } = useQuery(breakersQuery());
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
						{models.map((breaker) => {
							const name = toShortName(breaker.deployment);
							return (
								<Row
									key={breaker.deployment}
									breaker={breaker}
									name={name}
									fullName={name}
									onOrder={setOrder}
								/>
							);
						})}
					</ul>
				</FrameSection>
			))}
			<FrameSection title={adminWords.history}>
				<BreakerHistory userId={userId} />
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

function Row({ breaker, name, fullName, onOrder }: RowProps) {
	const { kind, until } = toState(breaker, Date.now());
	const words = adminWords.states[kind];
	const { deployment, changedAt } = breaker;
	const canOpen = kind !== "held" && kind !== "notCalled" && kind !== "due";
	return (
		<li
			data-state={kind}
			className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-border py-2 first:border-t-0"
		>
			<span className="min-w-0 flex-1 basis-48 break-words max-sm:basis-full">{name}</span>
			<span className="num flex min-w-0 basis-64 items-baseline gap-2 max-sm:flex-1 max-sm:basis-0">
				<span aria-hidden className={cn("size-2 shrink-0 rounded-full", dots[kind])} />
				<span>
					{typeof words === "string" ? words : words(toTimeWords(until ?? ""))}
					{changedAt && kind !== "called" ? (
						<span className="block text-meta text-muted">{adminWords.since(toInstantWords(changedAt))}</span>
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
