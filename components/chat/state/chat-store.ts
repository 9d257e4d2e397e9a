import { useSyncExternalStore } from "react";
import type { TurnEvent } from "@/server/client";
import { type ChatAction, type ChatState, createChatState } from "./chat-state";
import { foldChat } from "./fold-chat";

/** One thread's screen state, outside React: it outlives the screen, so switching threads loses nothing. */
export interface ChatStore {
	get(): ChatState;
	dispatch(action: ChatAction): void;
	/** Folds an event with the others of its animation frame, so that tokens cost at most 30 renders a second. */
	dispatchEvent(id: string, event: TurnEvent): void;
	subscribe(listener: () => void): () => void;
}

/** 30 updates a second: smooth to read, half the work of every frame. */
const updateIntervalMs = 33;

export function createChatStore(threadId: string | null): ChatStore {
	let state = createChatState(threadId);
	let pending: ChatAction[] = [];
	let lastFlushAtMs = 0;
	const listeners = new Set<() => void>();

	const commit = (next: ChatState) => {
		if (next === state) return;
		state = next;
		for (const listener of listeners) listener();
	};
	const flush = () => {
		const actions = pending;
		pending = [];
		lastFlushAtMs = performance.now();
		commit(actions.reduce(foldChat, state));
	};
	const schedule = () =>
		requestAnimationFrame(() => {
			if (pending.length === 0) return;
			if (performance.now() - lastFlushAtMs < updateIntervalMs) return void schedule();
			flush();
		});

	return {
		get: () => state,
		dispatch(action) {
			if (pending.length > 0) flush();
			commit(foldChat(state, action));
		},
		dispatchEvent(id, event) {
			const isFirst = pending.length === 0;
			pending.push({ type: "turn-event", id, event, atMs: Date.now() });
			// A hidden tab gets no frames, and the end of a turn should not wait for one.
			if (event.type === "turn-end" || document.hidden) return flush();
			if (isFirst) schedule();
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
	};
}

const stores = new Map<string, ChatStore>();

/** The store of a thread: the same one for as long as the page lives. */
export function getChatStore(threadId: string): ChatStore {
	const known = stores.get(threadId);
	if (known) return known;
	const store = createChatStore(threadId);
	stores.set(threadId, store);
	return store;
}

/** Files the store of a new chat under the id that the server gave it. */
export function adoptChatStore(threadId: string, store: ChatStore): void {
	stores.set(threadId, store);
}

export function forgetChatStores(): void {
	stores.clear();
}

/** One part of a thread's state. The component renders only when that part is another object or value. */
export function useChat<Part>(store: ChatStore, select: (state: ChatState) => Part): Part {
	return useSyncExternalStore(
		store.subscribe,
		() => select(store.get()),
		() => select(store.get()),
	);
}
