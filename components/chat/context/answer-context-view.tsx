"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ChevronRightIcon } from "lucide-react";
import { useState } from "react";
import type { AnswerContext } from "@/server/client";
import { trpc } from "../../connection/trpc-client";
import { Button, cn } from "../../ui/button";
import { type MoneyKind, toCount, toMoney } from "../../usage/money";
import { limitsQuery } from "../../usage/usage-queries";
import { contextWords as words } from "../../words/context";
import { useModelName } from "../state/queries";

type SentCall = AnswerContext["calls"][number];
type SentPart = NonNullable<SentCall["parts"]>[number];

/** What a model was sent for an answer, in order: what each part had of the input, and what was left out and why. */
export function AnswerContextView({ turnId }: { readonly turnId: string }) {
	const { data, isError } = useQuery({
		queryKey: ["chat", "context", turnId],
		queryFn: ({ signal }) => trpc.chat.context.query({ turnId }, { signal }),
	});
	const { data: kind = "none" } = useQuery({ ...limitsQuery(), select: ({ receipt }) => receipt });
	if (isError && !data) return <p role="alert">{words.failed}</p>;
	if (!data) return <p className="text-muted">{words.loading}</p>;
	if (data.calls.length === 0) return <p className="text-muted">{words.nothingSent}</p>;
	return (
		<div className="num flex flex-col gap-6">
			{data.calls.map((call, index) => (
				<CallContext
					key={call.callId}
					{...{ turnId, call, kind }}
					number={data.calls.length > 1 ? index + 1 : null}
				/>
			))}
		</div>
	);
}

interface CallProps {
	readonly turnId: string;
	readonly call: SentCall;
	readonly kind: MoneyKind;
	/** Counts the calls of an answer that took several. */
	readonly number: number | null;
}

function CallContext({ turnId, call, kind, number }: CallProps) {
	const toName = useModelName();
	const name = toName(call.modelId);
	return (
		<section aria-label={words.call(number, name)} className="flex flex-col gap-2">
			<h3 className="font-medium">{words.call(number, name)}</h3>
			<p className="text-meta text-muted">{toReasonWords(call)}</p>
			{call.parts === null ? <p>{call.isKnown ? words.notKept : words.notKnown}</p> : null}
			<ol className="flex flex-col">
				{(call.parts ?? []).map((part) => (
					<Part key={part.from} {...{ turnId, call, part, kind }} />
				))}
			</ol>
			<p className="text-meta text-muted">{toSumWords(call)}</p>
			{call.omittedMessages > 0 ? (
				<p className="text-meta">
					{words.omitted(call.omittedMessages, toCount(call.omittedTokens))}{" "}
					<span className="text-muted">{words.omittedBecause[call.strategy ?? "auto"]}</span>
				</p>
			) : null}
		</section>
	);
}

function toReasonWords({ strategy, reason, parts }: SentCall): string {
	if (strategy === null || reason === null) return parts === null ? "" : words.sentWhole;
	const { name } = words.strategies[strategy];
	return `${name}: ${reason === "asked" ? words.strategies[strategy].about : words.reasons[reason]}`;
}

function toSumWords({ inputTokens, cachedInputTokens, usageSource }: SentCall): string {
	return [
		words.sentTokens(toCount(inputTokens)),
		cachedInputTokens > 0 ? words.cachedTokens(toCount(cachedInputTokens)) : null,
		usageSource === "estimate" ? words.estimated : null,
	]
		.filter((part) => part !== null)
		.join(" · ");
}

interface PartProps {
	readonly turnId: string;
	readonly call: SentCall;
	readonly part: SentPart;
	readonly kind: MoneyKind;
}

/** A part of the request; its messages are read when it is opened. */
function Part({ turnId, call, part, kind }: PartProps) {
	const [isOpen, setOpen] = useState(false);
	const cost = part.costNanoUsd === null ? null : toPartMoney(part.costNanoUsd, kind);
	const cached = toCachedWords(part);
	return (
		<li className="border-t border-border" data-part={part.kind}>
			<button
				type="button"
				aria-expanded={isOpen}
				onClick={() => setOpen(!isOpen)}
				className="flex min-h-9 touch:min-h-11 w-full flex-wrap items-center gap-x-3 rounded-control py-1.5 text-left hover:bg-hover"
			>
				<ChevronRightIcon
					size={15}
					aria-hidden
					className={cn("shrink-0 text-muted", isOpen && "rotate-90")}
				/>
				<span className="min-w-0 flex-1">{words.parts[part.kind](part.messages)}</span>
				{cached ? (
					<span className="rounded-chip border border-border px-1.5 text-small text-muted">{cached}</span>
				) : null}
				<span className="text-meta text-muted">{words.tokens(toCount(part.tokens))}</span>
				{cost ? <span className="min-w-14 text-right text-meta text-muted">{cost}</span> : null}
			</button>
			{isOpen ? <PartMessages {...{ turnId, part }} callId={call.callId} /> : null}
		</li>
	);
}

/** Fractions of a nano-dollar are not worth a digit. */
const toPartMoney = (costNanoUsd: string, kind: MoneyKind) => toMoney(costNanoUsd.split(".")[0] ?? "0", kind);

function toCachedWords({ tokens, cachedTokens, writtenTokens }: SentPart): string | null {
	if (tokens > 0 && cachedTokens === tokens) return words.cached;
	if (cachedTokens > 0) return words.cachedPart(toCount(cachedTokens));
	return writtenTokens > 0 ? words.cacheWritten : null;
}

function PartMessages(props: { readonly turnId: string; readonly callId: string; readonly part: SentPart }) {
	const { turnId, callId, part } = props;
	const end = part.from + part.sentMessages;
	const { data, isError, hasNextPage, fetchNextPage, isFetching } = useInfiniteQuery({
		queryKey: ["chat", "sentMessages", turnId, callId, part.from],
		queryFn: ({ pageParam, signal }) =>
			trpc.chat.sentMessages.query({ turnId, callId, from: pageParam }, { signal }),
		initialPageParam: part.from,
		getNextPageParam: ({ nextFrom }) => (nextFrom !== null && nextFrom < end ? nextFrom : null),
		// A request that was made stays what it was.
		staleTime: Number.POSITIVE_INFINITY,
	});
	if (isError && !data) return <p role="alert">{words.failed}</p>;
	if (!data) return <p className="pb-2 text-meta text-muted">{words.loading}</p>;
	const messages = data.pages.flatMap((page) => page.messages).slice(0, part.sentMessages);
	return (
		<div className="flex flex-col gap-2 pb-3 pl-6">
			{messages.map(({ role, text, others }, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: the messages of a request never change place.
				<div key={index} data-sent-role={role}>
					<p className="text-small text-muted">{[words.sentRoles[role], ...others].join(" · ")}</p>
					<pre
						// biome-ignore lint/a11y/noNoninteractiveTabindex: a long message is scrolled with the keys.
						tabIndex={0}
						className="max-h-80 overflow-y-auto rounded-control bg-surface px-3 py-2 font-mono text-meta break-words whitespace-pre-wrap"
					>
						{text}
					</pre>
				</div>
			))}
			{hasNextPage ? (
				<Button className="w-fit" disabled={isFetching} onClick={() => void fetchNextPage()}>
					{words.showMore}
				</Button>
			) : null}
		</div>
	);
}
