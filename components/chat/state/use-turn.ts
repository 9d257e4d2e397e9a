"use client";

import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { useIsVisible } from "../../connection/browser-state";
import { usePageSettings } from "../../shell/page-settings";
import type { ShownMessage } from "./chat-state";
import type { ChatStore } from "./chat-store";
import { followTurn } from "./follow-turn";
import { useUnsent } from "./outbox";
import { createTurnActions, type TurnActions } from "./turn-actions";

interface TurnInput {
	readonly store: ChatStore;
	/** Reads the thread again, into the store. */
	refetch(): void;
	/** The server has a message of this store. */
	onAccept(threadId: string): void;
}

/** Sends messages and follows the live turn of one thread, from wherever the last reader left off. */
export function useTurn(input: TurnInput): TurnActions {
	const { store } = input;
	const { userId } = usePageSettings().viewer;
	const latest = useRef(input);
	latest.current = input;
	const actions = useMemo(
		() =>
			createTurnActions({
				store,
				userId,
				refetch: () => latest.current.refetch(),
				onAccept: (threadId) => latest.current.onAccept(threadId),
			}),
		[store, userId],
	);
	useFollow(store, latest);
	useQueue(store, actions);
	useUnsent(store, actions);
	return actions;
}

/** Follows while there is a live turn and the tab is visible; a hidden tab gives its connection back. */
function useFollow(store: ChatStore, latest: { readonly current: TurnInput }): void {
	const isVisible = useIsVisible();
	const turnId = useSyncExternalStore(
		store.subscribe,
		() => store.get().live?.turnId ?? null,
		() => null,
	);
	useEffect(() => {
		if (!turnId || !isVisible) return;
		return followTurn({
			turnId,
			lastEventId: store.get().live?.eventId ?? null,
			onEvent: (id, event) => store.dispatchEvent(id, event),
			onLost: (attempt) => {
				store.dispatch({ type: "connection-change", isLost: true });
				// A second failure in a row may mean that the turn is over: the thread knows.
				if (attempt > 1) latest.current.refetch();
			},
			onRefuse: () => latest.current.refetch(),
		});
	}, [store, turnId, isVisible, latest]);
}

/** Sends the queued message when the answer before it has ended well, or was stopped to make room for it. */
function useQueue(store: ChatStore, actions: TurnActions): void {
	useEffect(
		() =>
			store.subscribe(() => {
				const { queued, live, messages } = store.get();
				if (!queued || live) return;
				const status = findLastAnswer(messages)?.turn?.status;
				if (!queued.isUrgent && status !== "complete" && status !== "stopped") return;
				store.dispatch({ type: "queue-set", queued: null });
				actions.resend(queued.request);
			}),
		[store, actions],
	);
}

function findLastAnswer(messages: readonly ShownMessage[]): ShownMessage | undefined {
	return messages.findLast(({ role }) => role === "assistant");
}
