"use client";

import { EllipsisIcon, EyeIcon, PanelLeftIcon, PencilIcon, SquarePenIcon, Trash2Icon } from "lucide-react";
import { useContext, useState } from "react";
import { followLocally } from "../shell/navigate";
import { useShortcut } from "../shell/shortcuts";
import { RenameField } from "../threads/rename-field";
import { SidebarContext } from "../threads/sidebar-state";
import { useThreadActions } from "../threads/use-thread-actions";
import { Button, IconButton } from "../ui/button";
import { Menu, MenuItem } from "../ui/menu";
import { messages } from "../words/chat";
import { contextWords } from "../words/context";
import { useScreen } from "./screen-context";
import { type ChatStore, useChat } from "./state/chat-store";

/** The title of the chat and what can be done with it as a whole. */
export function ChatHeader({ store, isMissing }: { readonly store: ChatStore; readonly isMissing: boolean }) {
	const openSidebar = useContext(SidebarContext);
	const actions = useThreadActions();
	const { showContext } = useScreen();
	const threadId = useChat(store, (state) => state.threadId);
	const title = useChat(store, (state) => state.title);
	const [isRenaming, setRenaming] = useState(false);
	const remove = () => {
		if (threadId && !isMissing) actions.delete(threadId);
	};
	useShortcut("deleteChat", remove);
	return (
		<header className="flex h-12 low:h-10 shrink-0 items-center gap-2 px-4 pt-[env(safe-area-inset-top)] touch:h-12">
			<IconButton label={messages.openSidebar} onClick={openSidebar} className="sidebar-opener -ml-2">
				<PanelLeftIcon size={16} aria-hidden />
			</IconButton>
			{isRenaming && threadId ? (
				<div className="min-w-0 flex-1">
					<RenameField
						title={title ?? ""}
						onSave={(next) => {
							store.dispatch({ type: "title-change", title: next });
							actions.rename(threadId, next);
							setRenaming(false);
						}}
						onCancel={() => setRenaming(false)}
					/>
				</div>
			) : (
				<h1 className="min-w-0 flex-1 truncate font-medium">{title ?? messages.newChat}</h1>
			)}
			{threadId ? (
				<a
					href="/"
					aria-label={messages.newChat}
					onClick={followLocally}
					className="flex size-8 touch:size-11 shrink-0 items-center justify-center rounded-control text-muted hover:bg-hover hover:text-text md:hidden"
				>
					<SquarePenIcon size={16} aria-hidden />
				</a>
			) : null}
			{threadId && !isMissing ? (
				<Button
					kind="quiet"
					aria-label={contextWords.open}
					title={contextWords.openHint}
					className="max-md:w-8 max-md:touch:w-11 max-md:px-0"
					onClick={() => showContext({ type: "thread" })}
				>
					<EyeIcon size={16} aria-hidden />
					<span className="max-md:hidden">{contextWords.open}</span>
				</Button>
			) : null}
			{threadId && !isMissing ? (
				<Menu
					align="end"
					trigger={
						<IconButton label={messages.chatOptions(title ?? "")}>
							<EllipsisIcon size={16} aria-hidden />
						</IconButton>
					}
				>
					<MenuItem icon={<PencilIcon size={15} aria-hidden />} onSelect={() => setRenaming(true)}>
						{messages.rename}
					</MenuItem>
					<MenuItem icon={<Trash2Icon size={15} aria-hidden />} isDanger onSelect={remove}>
						{messages.delete}
					</MenuItem>
				</Menu>
			) : null}
		</header>
	);
}
