"use client";

import { type ReactNode, useEffect, useState } from "react";
import { LinkQuestion } from "../chat/markdown/view/safe-link";
import { warmParser } from "../chat/markdown/workers/use-blocks";
import { OfflineBar } from "../chat/offline-bar";
import { useViewerSync } from "../connection/use-viewer-sync";
import { SearchDialog } from "../threads/search-dialog";
import { Sidebar } from "../threads/sidebar";
import { SidebarContext, toggleSidebar, useSwipeOpen } from "../threads/sidebar-state";
import type { ThreadListPage } from "../threads/use-thread-list";
import { Drawer } from "../ui/dialog";
import { messages } from "../words/chat";
import { goTo } from "./navigate";
import { type PageSettings, PageSettingsProvider } from "./page-settings";
import { ShortcutSheet } from "./shortcut-sheet";
import { useShortcut, useShortcutListener } from "./shortcuts";

interface ChatShellProps {
	readonly settings: PageSettings;
	readonly initialThreads: ThreadListPage | null;
	readonly renderedAt: string;
	readonly children: ReactNode;
}

type Overlay = "search" | "shortcuts" | "drawer" | null;

const isNarrow = () => window.matchMedia("(max-width: 767px)").matches;

/** The frame around every chat: the list of chats, the dialogs, the connection that keeps tabs in step. */
export function ChatShell({ settings, initialThreads, renderedAt, children }: ChatShellProps) {
	const [overlay, setOverlay] = useState<Overlay>(null);
	const close = () => setOverlay(null);
	const openSidebar = () => (isNarrow() ? setOverlay("drawer") : toggleSidebar());
	useViewerSync();
	useShortcutListener();
	useShortcut("newChat", () => goTo("/"));
	useShortcut("search", () => setOverlay("search"));
	useShortcut("shortcuts", () => setOverlay("shortcuts"));
	useShortcut("toggleSidebar", openSidebar);
	useSwipeOpen(() => isNarrow() && setOverlay("drawer"));
	useEffect(warmParser, []);

	const sidebar = {
		initialThreads,
		renderedAt,
		onSearch: () => setOverlay("search"),
		onShortcuts: () => setOverlay("shortcuts"),
	};
	return (
		<PageSettingsProvider value={settings}>
			<a
				href="#composer"
				className="sr-only z-50 rounded-control bg-raised p-3 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
			>
				{messages.skipToComposer}
			</a>
			<div className="flex h-dvh overflow-hidden bg-bg">
				<aside className="sidebar flex w-[264px] shrink-0 flex-col border-r border-border bg-surface max-md:hidden">
					<Sidebar {...sidebar} onClose={toggleSidebar} />
				</aside>
				<div className="flex min-w-0 flex-1 flex-col">
					<OfflineBar />
					<SidebarContext value={openSidebar}>{children}</SidebarContext>
				</div>
			</div>
			<Drawer isOpen={overlay === "drawer"} title={messages.chats} onClose={close}>
				<Sidebar {...sidebar} onClose={close} onChoose={close} />
			</Drawer>
			<LinkQuestion />
			{/* Part of the page, not loaded when asked for: the key after the shortcut belongs to the dialog already. */}
			{overlay === "search" ? <SearchDialog onClose={close} /> : null}
			{overlay === "shortcuts" ? <ShortcutSheet onClose={close} /> : null}
		</PageSettingsProvider>
	);
}
