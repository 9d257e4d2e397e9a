"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { SearchIcon } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { SearchHit } from "@/server/client";
import { trpc } from "../connection/trpc-client";
import { goTo, toThreadPath } from "../shell/navigate";
import { cn } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { messages } from "../words/chat";

const toHitKey = (hit: SearchHit) => `${hit.threadId}:${hit.messageId ?? ""}`;

/** Searches titles and texts as one types. An answer to an older query is dropped. */
export default function SearchDialog({ onClose }: { onClose(): void }) {
	const [typed, setTyped] = useState("");
	const query = useDebounced(typed.trim(), 120);
	const search = useQuery({
		queryKey: ["threads", "search", query],
		queryFn: ({ signal }) => trpc.threads.search.query({ query }, { signal }),
		enabled: query !== "",
		placeholderData: keepPreviousData,
	});
	const hits = query === "" ? [] : (search.data?.hits ?? []);
	const [active, setActive] = useState(0);
	const at = Math.min(active, Math.max(0, hits.length - 1));
	const listId = useId();
	const choose = (hit: SearchHit | undefined) => {
		if (!hit) return;
		onClose();
		goTo(toThreadPath(hit.threadId, hit.messageId));
	};
	const move = (event: KeyboardEvent) => {
		if (event.nativeEvent.isComposing) return;
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (step) {
			event.preventDefault();
			setActive((at + step + hits.length) % Math.max(1, hits.length));
		}
		if (event.key === "Enter") choose(hits[at]);
	};
	return (
		<Dialog
			isOpen
			title={messages.searchTitle}
			isTitleHidden
			onClose={onClose}
			className="w-[min(94vw,600px)]"
		>
			<div className="flex items-center gap-3 border-b border-border px-4">
				<SearchIcon size={16} aria-hidden className="text-muted" />
				<input
					autoFocus
					role="combobox"
					aria-expanded={hits.length > 0}
					aria-controls={listId}
					aria-activedescendant={hits[at] ? `${listId}-${at}` : undefined}
					aria-label={messages.searchTitle}
					placeholder={messages.searchPlaceholder}
					value={typed}
					maxLength={500}
					onChange={(event) => {
						setTyped(event.target.value);
						setActive(0);
					}}
					onKeyDown={move}
					className="h-12 flex-1 bg-transparent text-base outline-none placeholder:text-faint"
				/>
			</div>
			<div
				id={listId}
				role="listbox"
				aria-label={messages.searchResults}
				className="max-h-[56vh] overflow-y-auto p-2"
			>
				{hits.map((hit, index) => (
					<Hit
						key={toHitKey(hit)}
						id={`${listId}-${index}`}
						hit={hit}
						isActive={index === at}
						onActive={() => setActive(index)}
						onChoose={() => choose(hit)}
					/>
				))}
			</div>
			<SearchNote
				query={query}
				isEmpty={hits.length === 0}
				isBusy={search.isFetching}
				isFailed={search.isError}
			/>
		</Dialog>
	);
}

function Hit(props: {
	readonly id: string;
	readonly hit: SearchHit;
	readonly isActive: boolean;
	onActive(): void;
	onChoose(): void;
}) {
	const row = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (props.isActive) row.current?.scrollIntoView({ block: "nearest" });
	}, [props.isActive]);
	return (
		// biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys of its options.
		<div
			ref={row}
			id={props.id}
			role="option"
			tabIndex={-1}
			aria-selected={props.isActive}
			onPointerMove={props.onActive}
			onClick={props.onChoose}
			className={cn("rounded-control px-3 py-2", props.isActive && "bg-hover")}
		>
			<div className="flex items-baseline gap-3">
				<span className="min-w-0 flex-1 truncate font-medium">{props.hit.title}</span>
				<time dateTime={props.hit.activeAt} className="num shrink-0 text-small text-muted">
					{new Intl.DateTimeFormat("en", { dateStyle: "medium" }).format(new Date(props.hit.activeAt))}
				</time>
			</div>
			<p className="line-clamp-2 text-meta text-muted">
				{props.hit.snippet.map(({ text, isMatch }, index) =>
					// biome-ignore lint/suspicious/noArrayIndexKey: the parts of one snippet never change place.
					isMatch ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
				)}
			</p>
		</div>
	);
}

function SearchNote(props: {
	readonly query: string;
	readonly isEmpty: boolean;
	readonly isBusy: boolean;
	readonly isFailed: boolean;
}) {
	if (!props.isEmpty || (props.isBusy && props.query !== "")) return null;
	const note = props.isFailed
		? messages.searchFailed
		: props.query === ""
			? messages.searchHint
			: messages.searchNothing(props.query);
	return <p className="px-5 pb-5 text-center text-meta text-muted">{note}</p>;
}

function useDebounced<Value>(value: Value, delayMs: number): Value {
	const [settled, setSettled] = useState(value);
	useEffect(() => {
		const timer = setTimeout(() => setSettled(value), delayMs);
		return () => clearTimeout(timer);
	}, [value, delayMs]);
	return settled;
}
