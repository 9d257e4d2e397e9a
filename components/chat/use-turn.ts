"use client";

import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { v7 } from "uuid";
import { endSession } from "../end-session";
import { toFailure, trpc } from "../trpc-client";
import type { ChatState, SendRequest, ShownMessage } from "./chat-state";
import type { ChatStore } from "./chat-store";
import { followTurn } from "./follow-turn";
import { regenerateTurn, sendTurn } from "./send-turn";
import { useIsVisible } from "./use-is-visible";

interface TurnInput {
	readonly store: ChatStore;
	/** Reads the thread again, into the store. */
	refetch(): void;
	/** The server has the message: its draft may go. */
	onAccept(request: SendRequest, threadId: string): void;
}

/** What the screen can do with a thread. Every function may be called at any time; none throws. */
export interface TurnActions {
	send(text: string, model: string | null, clientMessageId?: string): void;
	edit(message: ShownMessage, text: string, model: string | null): void;
	retry(message: ShownMessage): void;
	regenerate(userMessageId: string, model: string | null): void;
	stop(): void;
	queue(queued: ChatState["queued"]): void;
	selectBranch(messageId: string): void;
}

/** Sends messages and follows the live turn of one thread, from wherever the last reader left off. */
export function useTurn(input: TurnInput): TurnActions {
	const { store } = input;
	const latest = useRef(input);
	latest.current = input;
	useFollow(store, latest);

	const run = useCallback(
		async (request: SendRequest) => {
			store.dispatch({ type: "send-start", request, atMs: Date.now() });
			const outcome = await sendTurn(store, request);
			if ("ids" in outcome) latest.current.onAccept(request, outcome.ids.threadId);
			else if (outcome.failure.code === "turn_live") latest.current.refetch();
		},
		[store],
	);
	const actions = useMemo(() => createActions(store, latest, run), [store, run]);
	useQueue(store, actions);
	return actions;
}

function createActions(
	store: ChatStore,
	latest: { readonly current: TurnInput },
	run: (request: SendRequest) => Promise<void>,
): TurnActions {
	return {
		send: (text, model, clientMessageId) =>
			void run({ clientMessageId: clientMessageId ?? v7(), text, model }),
		edit: (message, text, model) =>
			void run({
				clientMessageId: v7(),
				text,
				model,
				parentMessageId: message.parentMessageId,
				siblingIds: message.siblings.ids,
			}),
		retry: (message) => message.draft && void run(message.draft),
		regenerate: (userMessageId, model) => {
			const clientMessageId = v7();
			store.dispatch({ type: "regenerate-start", clientMessageId, userMessageId, atMs: Date.now() });
			void regenerateTurn(store, { clientMessageId, userMessageId, model }).then((outcome) => {
				if ("failure" in outcome && outcome.failure.code === "turn_live") latest.current.refetch();
			});
		},
		stop: () => {
			const turnId = store.get().live?.turnId;
			if (!turnId) return;
			store.dispatch({ type: "stop-start" });
			trpc.chat.stop.mutate({ turnId }).catch(() => latest.current.refetch());
		},
		queue: (queued) => store.dispatch({ type: "queue-set", queued }),
		selectBranch: (messageId) => {
			const { threadId } = store.get();
			if (!threadId) return;
			trpc.threads.selectBranch
				.mutate({ threadId, messageId })
				.then(() => latest.current.refetch())
				.catch((error) => store.dispatch({ type: "notice-set", notice: toFailure(error) }));
		},
	};
}

/** Follows while there is a live turn and somebody can see it; a hidden tab gives its connection back. */
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
			onRefuse: ({ code }) => (code === "unauthorized" ? void endSession() : latest.current.refetch()),
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
				const status = messages.findLast(({ role }) => role === "assistant")?.turn?.status;
				if (!queued.isUrgent && status !== "complete" && status !== "stopped") return;
				store.dispatch({ type: "queue-set", queued: null });
				actions.send(queued.text, queued.model);
			}),
		[store, actions],
	);
}
