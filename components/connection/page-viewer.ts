/**
 * The person whom the server made this document for: null before sign-in. It never changes: who signs in gets a document of
 * their own, so that no call, draft or channel of one person can serve another one in the same browser.
 */
export function findPageViewer(): string | null {
	return typeof document === "undefined" ? null : (document.documentElement.dataset.viewer ?? null);
}

/** A name of a lock or a channel that only tabs of the same person share. */
export function toOwnName(name: string): string {
	return `${name}:${findPageViewer() ?? ""}`;
}

type Listener = (isAnother: boolean) => void;
const listeners = new Set<Listener>();

/** Runs when the server refused a call because this page's person is not signed in, or another one is. */
export function onViewerLost(listener: Listener): () => void {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

export function reportViewerLost(isAnother: boolean): void {
	if (findPageViewer() !== null) for (const listener of listeners) listener(isAnother);
}
