"use client";

import { useQueryClient } from "@tanstack/react-query";
import { EllipsisIcon, PencilIcon, Trash2Icon } from "lucide-react";
import { memo, useRef, useState } from "react";
import type { ThreadListItem } from "@/server/client";
import { threadQuery } from "../chat/state/queries";
import { followLocally, toThreadPath } from "../shell/navigate";
import { cn, IconButton } from "../ui/button";
import { Menu, MenuItem } from "../ui/menu";
import { messages } from "../words/chat";
import { RenameField } from "./rename-field";
import { useThreadActions } from "./use-thread-actions";

interface ThreadRowProps {
	readonly thread: ThreadListItem;
	readonly isCurrent: boolean;
	readonly isUnread: boolean;
	onChoose?(): void;
}

/** One chat in the list. F2 or a double click renames it in place, Delete removes it; the menu offers both. */
export const ThreadRow = memo(function ThreadRow({ thread, isCurrent, isUnread, onChoose }: ThreadRowProps) {
	const client = useQueryClient();
	const actions = useThreadActions();
	const [isRenaming, setRenaming] = useState(false);
	const link = useRef<HTMLAnchorElement>(null);
	const closeRename = () => {
		setRenaming(false);
		requestAnimationFrame(() => link.current?.focus());
	};
	if (isRenaming)
		return (
			<li>
				<RenameField
					title={thread.title}
					onSave={(title) => {
						actions.rename(thread.id, title);
						closeRename();
					}}
					onCancel={closeRename}
				/>
			</li>
		);
	return (
		<li className="group/row relative">
			<a
				ref={link}
				href={toThreadPath(thread.id)}
				data-thread
				aria-current={isCurrent ? "page" : undefined}
				onClick={(event) => {
					followLocally(event);
					// The focus may go on to the message field of the chosen chat.
					event.currentTarget.blur();
					onChoose?.();
				}}
				onPointerEnter={() => void client.prefetchQuery(threadQuery(thread.id))}
				onDoubleClick={() => setRenaming(true)}
				onKeyDown={(event) => {
					if (event.key === "F2") setRenaming(true);
					if (event.key === "Delete") actions.delete(thread.id);
				}}
				className={cn(
					"flex h-[34px] touch:h-11 items-center gap-2 rounded-control px-2 pr-9",
					isCurrent ? "bg-pressed" : "hover:bg-hover",
				)}
			>
				<span className="truncate">{thread.title}</span>
			</a>
			<StatusDot isRunning={thread.liveTurnId !== null && !isCurrent} isUnread={isUnread} />
			<RowMenu
				title={thread.title}
				onRename={() => setRenaming(true)}
				onDelete={() => actions.delete(thread.id)}
			/>
		</li>
	);
});

function StatusDot({ isRunning, isUnread }: { readonly isRunning: boolean; readonly isUnread: boolean }) {
	if (!isRunning && !isUnread) return null;
	return (
		<span
			role="img"
			aria-label={isRunning ? messages.running : messages.unread}
			className={cn(
				"pointer-events-none absolute top-1/2 right-2 -translate-y-1/2 rounded-full",
				"group-focus-within/row:opacity-0 group-hover/row:opacity-0 touch:right-10 touch:opacity-100!",
				// A ring grows to a dot: what runs is not yet there to be read.
				isRunning ? "size-2 animate-pulse border-[1.5px] border-accent" : "size-1.5 bg-accent",
			)}
		/>
	);
}

function RowMenu(props: { readonly title: string; onRename(): void; onDelete(): void }) {
	return (
		<div className="absolute top-1/2 right-1 -translate-y-1/2 opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100 touch:opacity-100">
			<Menu
				align="start"
				trigger={
					<IconButton label={messages.chatOptions(props.title)} className="size-7 touch:size-9">
						<EllipsisIcon size={16} aria-hidden />
					</IconButton>
				}
			>
				<MenuItem icon={<PencilIcon size={15} aria-hidden />} onSelect={props.onRename}>
					{messages.rename}
				</MenuItem>
				<MenuItem icon={<Trash2Icon size={15} aria-hidden />} isDanger onSelect={props.onDelete}>
					{messages.delete}
				</MenuItem>
			</Menu>
		</div>
	);
}
