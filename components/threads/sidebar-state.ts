import { useSyncExternalStore } from "react";
import { storageKey } from "./sidebar-script";

const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

/** Shows or hides the list of chats on wide screens, and remembers it. */
export function toggleSidebar(): void {
	const root = document.documentElement;
	const next = root.dataset.sidebar === "closed" ? "open" : "closed";
	root.dataset.sidebar = next;
	try {
		localStorage.setItem(storageKey, next);
	} catch {
		// Storage may be closed: then the choice lasts as long as the page.
	}
	for (const listener of listeners) listener();
}

export function useIsSidebarOpen(): boolean {
	return useSyncExternalStore(
		subscribe,
		() => document.documentElement.dataset.sidebar !== "closed",
		() => true,
	);
}
