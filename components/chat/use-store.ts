import { useSyncExternalStore } from "react";
import type { ChatState } from "./chat-state";
import type { ChatStore } from "./chat-store";

/** One part of a thread's state. The component renders only when that part is another object or value. */
export function useChat<Part>(store: ChatStore, select: (state: ChatState) => Part): Part {
	return useSyncExternalStore(
		store.subscribe,
		() => select(store.get()),
		() => select(store.get()),
	);
}
