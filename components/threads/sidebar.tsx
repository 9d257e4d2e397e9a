"use client";

import { PanelLeftIcon, PlusIcon, SearchIcon } from "lucide-react";
import type { ReactNode } from "react";
import { followLocally } from "../shell/navigate";
import type { ShortcutName } from "../shell/shortcut-keys";
import { ShortcutKeys } from "../shell/shortcut-sheet";
import { IconButton } from "../ui/button";
import { messages } from "../words/chat";
import { ThreadList } from "./thread-list";
import type { ThreadListPage } from "./use-thread-list";
import { UserMenu } from "./user-menu";

interface SidebarProps {
	readonly initialThreads: ThreadListPage | null;
	/** When the server drew the page, ISO 8601. */
	readonly renderedAt: string;
	onClose(): void;
	onSearch(): void;
	onShortcuts(): void;
	/** A chat was chosen: a drawer closes. */
	onChoose?(): void;
}

/** Everything beside the chat: new chat, search, the chats by date, the person's own menu. */
export function Sidebar(props: SidebarProps) {
	return (
		<>
			<div className="flex h-12 shrink-0 items-center justify-between pr-2 pl-4">
				<span className="text-[15px] font-semibold">{messages.productName}</span>
				<IconButton label={messages.closeSidebar} onClick={props.onClose} className="text-text">
					<PanelLeftIcon size={16} aria-hidden />
				</IconButton>
			</div>
			<div className="px-2">
				<a
					href="/"
					className={rowClass}
					onClick={(event) => {
						followLocally(event);
						props.onChoose?.();
					}}
				>
					<RowContent icon={<PlusIcon size={16} aria-hidden />} keys="newChat">
						{messages.newChat}
					</RowContent>
				</a>
				<button type="button" className={rowClass} onClick={props.onSearch}>
					<RowContent icon={<SearchIcon size={16} aria-hidden />} keys="search">
						{messages.search}
					</RowContent>
				</button>
			</div>
			<ThreadList
				initialPage={props.initialThreads}
				renderedAt={props.renderedAt}
				onChoose={props.onChoose}
			/>
			<UserMenu onShortcuts={props.onShortcuts} />
		</>
	);
}

const rowClass =
	"flex h-[34px] touch:h-11 w-full items-center gap-2 rounded-control px-2 text-left transition-colors duration-100 hover:bg-hover";

function RowContent(props: {
	readonly icon: ReactNode;
	readonly keys: ShortcutName;
	readonly children: ReactNode;
}) {
	return (
		<>
			{props.icon}
			<span className="flex-1">{props.children}</span>
			<ShortcutKeys name={props.keys} className="font-sans text-small text-muted max-md:hidden" />
		</>
	);
}
