"use client";

import { usePathname } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import type { ThreadListItem } from "@/server/client";
import { goTo, parseThreadPath, toThreadPath } from "../shell/navigate";
import { useShortcut } from "../shell/shortcuts";
import { messages } from "../words/chat";
import { toCalmOrder } from "./calm-order";
import { type DateGroup, groupThreads, type Zone } from "./group-threads";
import { ThreadRow } from "./thread-row";
import { type ThreadListPage, useThreadList, useUnread } from "./use-thread-list";

/** The chats by date, more of them as the end comes into view. */
export function ThreadList(props: {
	readonly initialPage: ThreadListPage | null;
	readonly renderedAt: string;
	onChoose?(): void;
}) {
	const { threads, hasNextPage, isFetchingNextPage, fetchNextPage, isError, isPending } = useThreadList(
		props.initialPage,
	);
	const list = useRef<HTMLElement>(null);
	const currentId = parseThreadPath(usePathname());
	const shown = useCalmOrder(threads, list, currentId);
	const unread = useUnread();
	const clock = useClock(props.renderedAt);
	useNeighbours(shown, currentId);
	const end = useEndReached(hasNextPage && !isFetchingNextPage, fetchNextPage);

	return (
		<nav ref={list} aria-label={messages.chats} className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
			{groupThreads(shown, clock).map(({ key, group, threads: rows }) => (
				<section key={key} className="mt-5">
					<h2 className="px-2 pb-1 text-meta text-muted">{toGroupName(group)}</h2>
					<ul>
						{rows.map((thread) => (
							<ThreadRow
								key={thread.id}
								thread={thread}
								isCurrent={thread.id === currentId}
								isUnread={unread.has(thread.id)}
								onChoose={props.onChoose}
							/>
						))}
					</ul>
				</section>
			))}
			{isError ? <p className="px-2 pt-5 text-meta text-muted">{messages.chatsFailed}</p> : null}
			{!isPending && shown.length === 0 ? (
				<p className="px-2 pt-5 text-meta text-muted">{messages.noChats}</p>
			) : null}
			<div ref={end} className="h-px" />
		</nav>
	);
}

function toGroupName(group: DateGroup): string {
	if (group.kind !== "year-month") return messages.dateGroups[group.kind];
	const format = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });
	return format.format(Date.UTC(group.year, group.month));
}

/** How often a list with rows that wait looks whether the pointer has left it. */
const lookMs = 250;

/** The rows as they are shown: in order, or in calm order while the pointer is on the list. */
function useCalmOrder(
	threads: ThreadListItem[],
	list: { readonly current: HTMLElement | null },
	currentId: string | null,
): ThreadListItem[] {
	const last = useRef<ThreadListItem[]>([]);
	const [, draw] = useState(0);
	const shown = isUnderPointer(list.current) ? toCalmOrder(threads, last.current, currentId) : threads;
	last.current = shown;
	const isWaiting = shown.length !== threads.length || shown.some((row, index) => row !== threads[index]);
	useEffect(() => {
		if (!isWaiting) return;
		// A look instead of an event: what goes away under the pointer, as a menu does, tells of no leaving.
		const timer = setInterval(() => !isUnderPointer(list.current) && draw((count) => count + 1), lookMs);
		return () => clearInterval(timer);
	}, [isWaiting, list]);
	return shown;
}

/** A finger leaves its last place "hovered", so only what can hover counts. On the server there is no element, and no window. */
function isUnderPointer(element: HTMLElement | null): boolean {
	return element?.matches(":hover") === true && window.matchMedia("(hover: hover)").matches;
}

/**
 * The day by which the list is grouped. The first drawing repeats the server's, whose clock and zone are not the
 * reader's; then it is the reader's own, again every five minutes: at midnight "Today" becomes "Yesterday".
 */
function useClock(renderedAt: string): { now: Date; zone: Zone } {
	const [clock, setClock] = useState<{ now: Date; zone: Zone }>({ now: new Date(renderedAt), zone: "utc" });
	useEffect(() => {
		const read = () => setClock({ now: new Date(), zone: "local" });
		read();
		const timer = setInterval(read, 5 * 60_000);
		return () => clearInterval(timer);
	}, []);
	return clock;
}

function useNeighbours(threads: readonly ThreadListItem[], currentId: string | null): void {
	const step = (by: number) => {
		const at = threads.findIndex(({ id }) => id === currentId);
		const next = threads[at < 0 ? 0 : at + by];
		if (next) goTo(toThreadPath(next.id));
	};
	useShortcut("previousChat", () => step(-1));
	useShortcut("nextChat", () => step(1));
}

function useEndReached(isWanted: boolean, onReached: () => void) {
	const end = useRef<HTMLDivElement>(null);
	const latest = useRef(onReached);
	latest.current = onReached;
	useEffect(() => {
		if (!isWanted || !end.current) return;
		const observer = new IntersectionObserver(
			(entries) => entries.some(({ isIntersecting }) => isIntersecting) && latest.current(),
			{ rootMargin: "200px" },
		);
		observer.observe(end.current);
		return () => observer.disconnect();
	}, [isWanted]);
	return end;
}
