import type { MouseEvent } from "react";

/** Goes to a page of the chat without asking the server for it: the chat reads its thread from the address. */
export function goTo(path: string): void {
	if (location.pathname + location.hash === path) return;
	window.history.pushState(null, "", path);
	// The browser tells of a new fragment only when it went there by itself.
	if (location.hash) window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** For a link's `onClick`: a plain click stays in the page, any other click is the browser's. */
export function followLocally(event: MouseEvent<HTMLAnchorElement>): void {
	if (event.defaultPrevented || event.button !== 0) return;
	if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
	event.preventDefault();
	goTo(event.currentTarget.getAttribute("href") ?? "/");
}

export function toThreadPath(threadId: string, messageId?: string | null): string {
	return `/threads/${threadId}${messageId ? `#message-${messageId}` : ""}`;
}

/** The thread that an address names; null for a new chat. */
export function parseThreadPath(pathname: string): string | null {
	return /^\/threads\/([\w-]+)$/.exec(pathname)?.[1] ?? null;
}
