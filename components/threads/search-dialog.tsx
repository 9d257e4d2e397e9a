"use client";

import { SearchIcon } from "lucide-react";
import { type ComponentProps, type KeyboardEvent, useId } from "react";
import type { SearchHit } from "@/server/client";
import { goTo, toThreadPath } from "../shell/navigate";
import { Dialog } from "../ui/dialog";
import { isComposing } from "../ui/is-composing";
import { messages } from "../words/chat";
import { SearchHitRow } from "./search-hit";
import { useSearch } from "./use-search";

const toHitKey = (hit: SearchHit) => `${hit.threadId}:${hit.messageId ?? ""}`;

/** Finds words in titles and messages, and leads there. */
export function SearchDialog({ onClose }: { onClose(): void }) {
	const choose = ({ threadId, messageId }: SearchHit) => {
		onClose();
		goTo(toThreadPath(threadId, messageId));
	};
	const search = useSearch(choose);
	const { hits, at } = search;
	const listId = useId();
	return (
		<Dialog
			isOpen
			title={messages.searchTitle}
			isTitleHidden
			onClose={onClose}
			className="w-[min(94vw,600px)]"
		>
			<SearchField
				autoFocus
				value={search.typed}
				aria-expanded={hits.length > 0}
				aria-controls={listId}
				aria-activedescendant={hits[at] ? `${listId}-${at}` : undefined}
				onChange={(event) => search.type(event.target.value)}
				onKeyDown={(event) => press(event, search)}
			/>
			<div
				id={listId}
				role="listbox"
				aria-label={messages.searchResults}
				className="max-h-[56vh] overflow-y-auto p-2"
			>
				{hits.map((hit, index) => (
					<SearchHitRow
						key={toHitKey(hit)}
						id={`${listId}-${index}`}
						hit={hit}
						isActive={index === at}
						onActive={() => search.setActive(index)}
						onChoose={() => choose(hit)}
					/>
				))}
			</div>
			<SearchNote {...search} />
		</Dialog>
	);
}

function press(event: KeyboardEvent, search: ReturnType<typeof useSearch>): void {
	if (isComposing(event)) return;
	if (event.key === "Enter") search.enter();
	if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
	event.preventDefault();
	search.move(event.key === "ArrowDown" ? 1 : -1);
}

function SearchField(props: ComponentProps<"input">) {
	return (
		<div className="flex items-center gap-3 border-b border-border px-4">
			<SearchIcon size={16} aria-hidden className="text-muted" />
			<input
				role="combobox"
				aria-expanded={false}
				aria-controls={undefined}
				aria-label={messages.searchTitle}
				placeholder={messages.searchPlaceholder}
				maxLength={500}
				className="h-12 flex-1 bg-transparent text-base outline-none placeholder:text-faint"
				{...props}
			/>
		</div>
	);
}

function SearchNote(props: {
	readonly query: string;
	readonly hits: readonly SearchHit[];
	readonly isBusy: boolean;
	readonly isFailed: boolean;
}) {
	if (props.hits.length > 0 || (props.isBusy && props.query !== "")) return null;
	const note = props.isFailed
		? messages.searchFailed
		: props.query === ""
			? messages.searchHint
			: messages.searchNothing(props.query);
	return <p className="px-5 pb-5 text-center text-meta text-muted">{note}</p>;
}
