"use client";

import { useSyncExternalStore } from "react";

let said = "";
const listeners = new Set<() => void>();

/** Says something to screen readers, politely. The same words twice are said twice. */
export function announce(words: string): void {
	said = said === words ? `${words}\u00a0` : words;
	for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

/** The one live region of the page. */
export function Announcer() {
	const words = useSyncExternalStore(
		subscribe,
		() => said,
		() => "",
	);
	return (
		<div role="status" className="sr-only">
			{words}
		</div>
	);
}
