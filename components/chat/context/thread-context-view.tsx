"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { PinOffIcon } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import type { ThreadContext } from "@/server/client";
import { contextStrategies } from "@/server/contract/kinds";
import { contextBudgetMax, contextBudgetMin } from "@/server/contract/limits";
import { toFailure, trpc } from "../../connection/trpc-client";
import { followLocally, toThreadPath } from "../../shell/navigate";
import { announce } from "../../ui/announcer";
import { Button, cn, IconButton } from "../../ui/button";
import { inputClass } from "../../ui/form";
import { toCount } from "../../usage/money";
import { contextWords as words } from "../../words/context";
import { toErrorWords } from "../../words/to-error-words";
import { CompactNow } from "./compact-now";
import { useSetPin } from "./use-pin";
import { threadContextQuery, toStrategy, useBudget } from "./use-thread-context";

interface ViewProps {
	readonly threadId: string;
	readonly model: string | null;
	/** The person goes to a message. */
	onLeave(): void;
}

/** How the context of a chat is chosen, how full it is, and what is pinned. */
export function ThreadContextView({ threadId, model, onLeave }: ViewProps) {
	const { data, isError } = useQuery(threadContextQuery(threadId));
	if (isError && !data) return <p role="alert">{words.failed}</p>;
	if (!data) return <p className="text-muted">{words.loading}</p>;
	return (
		<div className="flex flex-col gap-6">
			<Fill context={data} model={model} />
			<Settings threadId={threadId} context={data} />
			<CompactNow threadId={threadId} context={data} />
			<Pins threadId={threadId} context={data} onLeave={onLeave} />
		</div>
	);
}

interface PartProps {
	readonly threadId: string;
	readonly context: ThreadContext;
}

const levels = [
	[90, "bg-danger"],
	[70, "bg-warn"],
	[0, "bg-accent"],
] as const;

/** The meter of the composer with its numbers, at any level. */
function Fill({ context, model }: { readonly context: ThreadContext; readonly model: string | null }) {
	const budget = useBudget(model, context);
	if (budget === 0) return null;
	const percent = Math.floor((context.tokens * 100) / budget);
	const color = levels.find(([from]) => percent >= from)?.[1];
	const text = words.meterSize(toCount(context.tokens), toCount(budget));
	return (
		<div className="num flex flex-col gap-1.5">
			<p>{percent > 100 ? words.meterOver : words.meter(percent)}</p>
			{/* biome-ignore lint/a11y/useSemanticElements: browsers draw their own meters, each in colours of its own. */}
			<div
				role="meter"
				aria-label={words.title}
				aria-valuenow={Math.min(100, percent)}
				aria-valuemin={0}
				aria-valuemax={100}
				aria-valuetext={text}
				className="h-2 overflow-hidden rounded-full bg-pressed"
			>
				<div className={cn("h-full", color)} style={{ width: `${Math.min(100, percent)}%` }} />
			</div>
			<p className="text-meta text-muted">
				{text}
				{percent >= 90 ? ` · ${words.whenFull[toStrategy(context)]}` : null}
			</p>
		</div>
	);
}

/** Stores a change of the settings and shows what the server made of it. */
function useChange(threadId: string) {
	const client = useQueryClient();
	const [failure, setFailure] = useState<string | null>(null);
	const change = async (wanted: Partial<Pick<ThreadContext, "strategy" | "tokensMax">>) => {
		const { queryKey } = threadContextQuery(threadId);
		setFailure(null);
		try {
			const stored = await trpc.threads.setContext.mutate({ threadId, ...wanted });
			client.setQueryData(queryKey, (before) => before && { ...before, ...stored });
			announce(words.saved);
		} catch (error) {
			setFailure(toErrorWords(toFailure(error)).text);
		}
		void client.invalidateQueries({ queryKey });
	};
	return { change, failure };
}

function Settings({ threadId, context }: PartProps) {
	const { change, failure } = useChange(threadId);
	const id = useId();
	const planned = words.strategies[context.planStrategy ?? "auto"].name;
	const choose = (value: string) =>
		void change({ strategy: contextStrategies.find((strategy) => strategy === value) ?? null });
	return (
		<div className="flex flex-col gap-4">
			<div className="flex flex-col gap-1">
				<label htmlFor={id} className="self-start font-medium">
					{words.strategy}
				</label>
				<select
					id={id}
					value={context.strategy ?? ""}
					onChange={(event) => choose(event.target.value)}
					aria-describedby={`${id}-about`}
					className={inputClass}
				>
					<option value="">{words.asPlan(planned)}</option>
					{contextStrategies.map((strategy) => (
						<option key={strategy} value={strategy}>
							{words.strategies[strategy].name}
						</option>
					))}
				</select>
				<p id={`${id}-about`} className="text-meta text-muted">
					{words.strategies[toStrategy(context)].about}
				</p>
			</div>
			<Budget
				key={context.tokensMax}
				tokensMax={context.tokensMax}
				onSave={(tokensMax) => void change({ tokensMax })}
			/>
			{failure ? (
				<p role="alert" className="text-meta text-danger">
					{failure}
				</p>
			) : null}
		</div>
	);
}

function Budget(props: { readonly tokensMax: number | null; onSave(tokensMax: number | null): void }) {
	const stored = props.tokensMax?.toString() ?? "";
	const [text, setText] = useState(stored);
	const [isOutside, setOutside] = useState(false);
	const id = useId();
	const save = (event: FormEvent) => {
		event.preventDefault();
		const tokensMax = text === "" ? null : Number(text);
		const isWrong = tokensMax !== null && (tokensMax < contextBudgetMin || tokensMax > contextBudgetMax);
		setOutside(isWrong);
		if (!isWrong) props.onSave(tokensMax);
	};
	return (
		<form onSubmit={save} className="flex flex-col gap-1">
			<label htmlFor={id} className="self-start font-medium">
				{words.budget}
			</label>
			<div className="flex gap-2">
				<input
					id={id}
					inputMode="numeric"
					value={text}
					onChange={(event) => setText(event.target.value.replace(/\D/g, "").slice(0, 12))}
					aria-describedby={`${id}-hint`}
					aria-invalid={isOutside || undefined}
					className={cn(inputClass, "num")}
				/>
				<Button type="submit" disabled={text === stored} className="h-9">
					{words.save}
				</Button>
			</div>
			{isOutside ? (
				<p role="alert" className="text-meta text-danger">
					{words.budgetRange(toCount(contextBudgetMin), toCount(contextBudgetMax))}
				</p>
			) : null}
			<p id={`${id}-hint`} className="text-meta text-muted">
				{words.budgetHint}
			</p>
		</form>
	);
}

function Pins({ threadId, context, onLeave }: PartProps & { onLeave(): void }) {
	const setPin = useSetPin();
	const { pins, pinTokensMax } = context;
	const used = pins.reduce((sum, { tokens }) => sum + tokens, 0);
	return (
		<section className="flex flex-col gap-2">
			<h3 className="flex flex-wrap justify-between gap-x-4 font-medium">
				{words.pins}
				{pins.length > 0 ? (
					<span className="num font-normal text-muted">
						{words.pinTokens(toCount(used), toCount(pinTokensMax))}
					</span>
				) : null}
			</h3>
			<p className="text-meta text-muted">{pins.length > 0 ? words.pinsHint : words.noPins}</p>
			<ul className="flex flex-col">
				{pins.map((pin) => (
					<li key={pin.messageId} className="flex items-center gap-2 border-t border-border py-1">
						<a
							href={toThreadPath(threadId, pin.messageId)}
							onClick={(event) => {
								onLeave();
								followLocally(event);
							}}
							className="min-w-0 flex-1 rounded-control py-1 hover:bg-hover"
						>
							<span className="block truncate">{pin.text || words.noText}</span>
							<span className="num block text-small text-muted">
								{words.roles[pin.role]} · {words.tokens(toCount(pin.tokens))}
							</span>
						</a>
						<IconButton label={words.unpin} onClick={() => void setPin(pin.messageId, false)}>
							<PinOffIcon size={15} aria-hidden />
						</IconButton>
					</li>
				))}
			</ul>
		</section>
	);
}
