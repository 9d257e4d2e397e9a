import { useSyncExternalStore } from "react";

function subscribe(listener: () => void) {
	document.addEventListener("visibilitychange", listener);
	return () => document.removeEventListener("visibilitychange", listener);
}

/** Whether anybody can see this tab. */
export function useIsVisible(): boolean {
	return useSyncExternalStore(
		subscribe,
		() => document.visibilityState === "visible",
		() => true,
	);
}
