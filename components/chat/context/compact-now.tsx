"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ProposedSummary, ThreadContext } from "@/server/client";
import { toFailure, trpc } from "../../connection/trpc-client";
import { announce } from "../../ui/announcer";
import { Button } from "../../ui/button";
import { type MoneyKind, toCount, toMoney } from "../../usage/money";
import { limitsQuery } from "../../usage/usage-queries";
import { contextWords as words } from "../../words/context";
import { toErrorWords } from "../../words/to-error-words";
import { threadContextQuery } from "./use-thread-context";

interface CompactProps {
	readonly threadId: string;
	readonly context: ThreadContext;
}

/** Lets a summary stand for the older messages: what it would cost, the summary itself, its use, and the way back. */
export function CompactNow({ threadId, context }: CompactProps) {
	const { data: estimate } = useQuery({
		queryKey: ["compaction", "estimate", threadId],
		queryFn: ({ signal }) => trpc.compaction.estimate.query({ threadId }, { signal }),
	});
	const { data: kind = "none" } = useQuery({ ...limitsQuery(), select: ({ receipt }) => receipt });
	const steps = useSteps({ threadId, context });
	const { proposed, isBusy, failure } = steps;
	return (
		<section className="flex flex-col gap-2" aria-busy={isBusy}>
			<h3 className="font-medium">{words.compact}</h3>
			{proposed ? <Proposed summary={proposed} kind={kind} steps={steps} /> : null}
			{!proposed && context.summary ? <InUse summary={context.summary} steps={steps} /> : null}
			{proposed ? null : (
				<>
					<p className="num text-meta text-muted">
						{estimate
							? words.compactEstimate(toCount(estimate.messages), toCount(estimate.sourceTokens))
							: words.compactNothing}
						{estimate && kind !== "none"
							? ` ${words.compactCost(toMoney(estimate.costNanoUsdMax, kind) ?? "")}`
							: null}
					</p>
					{estimate ? (
						<Button className="w-fit" disabled={isBusy} onClick={steps.preview}>
							{isBusy ? words.compactBusy : words.compactPreview}
						</Button>
					) : null}
				</>
			)}
			{failure ? (
				<p role="alert" className="text-meta text-danger">
					{failure}
				</p>
			) : null}
		</section>
	);
}

type Steps = ReturnType<typeof useSteps>;

interface SummaryProps {
	readonly summary: ProposedSummary;
	readonly kind: MoneyKind;
	readonly steps: Steps;
}

/** A summary that was made and waits for the person's word. */
function Proposed({ summary, kind, steps }: SummaryProps) {
	const cost = toMoney(summary.costNanoUsd, kind);
	return (
		<div className="num flex flex-col gap-2">
			<p className="text-meta text-muted">
				{words.compactProposed}{" "}
				{words.compactSize(toCount(summary.tokensBefore), toCount(summary.tokensAfter))}
				{cost === null ? null : ` ${words.compactPaid(cost)}`}
			</p>
			<SummaryText text={summary.text} />
			<div className="flex flex-wrap gap-2">
				<Button kind="ink" disabled={steps.isBusy} onClick={() => steps.confirm(summary.summaryId)}>
					{words.compactUse}
				</Button>
				<Button disabled={steps.isBusy} onClick={steps.discard}>
					{words.compactDiscard}
				</Button>
			</div>
		</div>
	);
}

/** The summary that stands for the older messages, and the way back. */
function InUse(props: { readonly summary: NonNullable<ThreadContext["summary"]>; readonly steps: Steps }) {
	const { summary, steps } = props;
	return (
		<div className="num flex flex-col gap-2">
			<p className="text-meta text-muted">
				{words.compactUsed} {words.tokens(toCount(summary.tokens))}.
			</p>
			<SummaryText text={summary.text} />
			<Button className="w-fit" disabled={steps.isBusy} onClick={() => steps.undo(summary.summaryId)}>
				{words.compactUndo}
			</Button>
		</div>
	);
}

const SummaryText = ({ text }: { readonly text: string }) => (
	<pre
		// biome-ignore lint/a11y/noNoninteractiveTabindex: a long summary is scrolled with the keys.
		tabIndex={0}
		className="max-h-80 overflow-y-auto rounded-control bg-surface px-3 py-2 font-mono text-meta break-words whitespace-pre-wrap"
	>
		{text}
	</pre>
);

/** One step at a time; what the server refuses is told in words. A summary is sent by the strategy `summary` alone. */
function useSteps({ threadId, context }: CompactProps) {
	const client = useQueryClient();
	const [proposed, setProposed] = useState<ProposedSummary | null>(null);
	/** The strategy before this panel changed it. */
	const [before, setBefore] = useState<{ strategy: ThreadContext["strategy"] } | null>(null);
	const [isBusy, setBusy] = useState(false);
	const [failure, setFailure] = useState<string | null>(null);
	const run = async (step: () => Promise<void>) => {
		setBusy(true);
		setFailure(null);
		try {
			await step();
		} catch (error) {
			setFailure(toErrorWords(toFailure(error)).text);
		}
		await client.invalidateQueries({ queryKey: threadContextQuery(threadId).queryKey });
		setBusy(false);
		void client.invalidateQueries({ queryKey: ["compaction", "estimate", threadId] });
	};
	const confirm = async (summaryId: string) => {
		await trpc.compaction.confirm.mutate({ summaryId });
		setBefore({ strategy: context.strategy });
		await trpc.threads.setContext.mutate({ threadId, strategy: "summary" });
		setProposed(null);
		announce(words.compactUsed);
	};
	const undo = async (summaryId: string) => {
		await trpc.compaction.undo.mutate({ summaryId });
		if (before) await trpc.threads.setContext.mutate({ threadId, strategy: before.strategy });
		setBefore(null);
		announce(words.compactUndone);
	};
	return {
		proposed,
		isBusy,
		failure,
		preview: () => void run(async () => setProposed(await trpc.compaction.preview.mutate({ threadId }))),
		confirm: (summaryId: string) => void run(() => confirm(summaryId)),
		undo: (summaryId: string) => void run(() => undo(summaryId)),
		discard: () => setProposed(null),
	};
}
