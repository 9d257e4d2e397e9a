import { useSyncExternalStore } from "react";

/** Whether this tab is visible. */
export function useIsVisible(): boolean {
	return useSyncExternalStore(
		followVisibility,
		() => document.visibilityState === "visible",
		() => true,
	);
}

/** Whether the browser believes that it has a network. */
export function useIsOnline(): boolean {
	return useSyncExternalStore(
		followNetwork,
		() => navigator.onLine,
		() => true,
	);
}

function followVisibility(listener: () => void) {
	document.addEventListener("visibilitychange", listener);
	return () => document.removeEventListener("visibilitychange", listener);
}

function followNetwork(listener: () => void) {
	window.addEventListener("online", listener);
	window.addEventListener("offline", listener);
	return () => {
		window.removeEventListener("online", listener);
		window.removeEventListener("offline", listener);
	};
}
