"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../ui/button";
import { FrameSection } from "../../ui/page-frame";
import { toInstantWords } from "../../usage/instants";
import { adminWords } from "../../words/admin";
import { routingWords as words } from "../../words/routing";
import { ReadFailure } from "../read-failure";
import { PolicyEditor } from "./policy-editor";
import { type PolicyOrder, PolicyOrderDialog } from "./policy-order";
import { type ListedPolicy, policiesQuery } from "./routing-queries";
import { RoutingReport } from "./routing-report";

/** The policies by which Auto chooses, a field to make the next one, and what became of the decisions. */
export function RoutingPolicies() {
	const { data, isError, refetch } = useQuery(policiesQuery());
	const [order, setOrder] = useState<PolicyOrder | null>(null);
	const [edited, setEdited] = useState<ListedPolicy | null>(null);
	if (isError && !data) return <ReadFailure onRetry={() => void refetch()} />;
	if (!data) return <p className="text-muted">{adminWords.loading}</p>;
	const { policies } = data;
	const newest = policies.find(({ isInForce }) => isInForce);
	const basis = edited ?? newest ?? policies[0] ?? null;
	return (
		<>
			<FrameSection title={words.policies}>
				{policies.length === 0 ? <p className="text-muted">{words.none}</p> : null}
				{policies.length > 0 && !newest ? <p>{words.noneInForce}</p> : null}
				<ul className="flex flex-col">
					{policies.map((policy) => (
						<PolicyRow
							key={policy.version}
							policy={policy}
							isNewest={policy.version === newest?.version}
							onOrder={setOrder}
							onEdit={setEdited}
						/>
					))}
				</ul>
			</FrameSection>
			<FrameSection title={words.draftTitle}>
				<PolicyEditor key={basis?.version ?? 0} basis={basis} />
			</FrameSection>
			<FrameSection title={words.report.title}>
				<RoutingReport />
			</FrameSection>
			<PolicyOrderDialog order={order} onClose={() => setOrder(null)} />
		</>
	);
}

interface RowProps {
	readonly policy: ListedPolicy;
	/** The policy that a roll-back would withdraw. */
	readonly isNewest: boolean;
	onOrder(order: PolicyOrder): void;
	onEdit(policy: ListedPolicy): void;
}

function PolicyRow({ policy: listed, isNewest, onOrder, onEdit }: RowProps) {
	const { version, policy, rolloutPercent, withdrawnAt } = listed;
	return (
		<li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-border py-2 first:border-t-0">
			<span className="min-w-0 flex-1 basis-64 break-words">
				{words.version(version)}
				<span className="num block text-meta text-muted">
					{words.facts(policy.dial, policy.small.join(", "), policy.strong.join(", "))}
				</span>
			</span>
			<span className="num basis-48">{toStateWords(listed)}</span>
			<span className="flex flex-wrap justify-end gap-2">
				<Button kind="quiet" aria-label={words.editLabel(version)} onClick={() => onEdit(listed)}>
					{words.edit}
				</Button>
				{withdrawnAt === null ? (
					<Button
						aria-label={words.publishLabel(version)}
						onClick={() => onOrder({ to: "publish", version, rolloutPercent })}
					>
						{words.publish}
					</Button>
				) : null}
				{isNewest ? (
					<Button onClick={() => onOrder({ to: "rollBack", version, rolloutPercent })}>
						{words.rollBack}
					</Button>
				) : null}
			</span>
		</li>
	);
}

function toStateWords({ isInForce, publishedAt, withdrawnAt, rolloutPercent }: ListedPolicy): string {
	if (withdrawnAt !== null) return words.state.withdrawn(toInstantWords(withdrawnAt));
	if (isInForce) return words.state.inForce(rolloutPercent);
	return publishedAt === null ? words.state.draft : words.state.covered;
}
