import { storageKey } from "./sidebar-script";

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
}
