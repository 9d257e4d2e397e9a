"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useIsVisible } from "../connection/browser-state";
import { type Failure, toFailure } from "../connection/trpc-client";
import { useShortcut } from "../shell/shortcuts";
import { markRead, useUnread } from "../threads/use-thread-list";
import { announce } from "../ui/announcer";
import { copyText } from "../ui/copy-button";
import { QuotaCard } from "../usage/quota-card";
import { messages } from "../words/chat";
import { ChatHeader } from "./chat-header";
import { Composer } from "./composer/composer";
import type { ComposerHandle } from "./composer/composer-handle";
import { EmptyChat } from "./empty-chat";
import { FailureNote } from "./failure-note";
import { AnswerAnnouncer } from "./messages/answer-announcer";
import { MessageList } from "./messages/message-list";
import { type ChatScreenAccess, ScreenContext, type ShownContext } from "./screen-context";
import { type ChatStore, useChat } from "./state/chat-store";
import { threadQuery } from "./state/queries";
import { useTurn } from "./state/use-turn";

const ContextDialog = lazy(() => import("./context/context-dialog"));

interface ChatScreenProps {
	readonly store: ChatStore;
	/** A new chat got its id. */
	onAdopt(store: ChatStore, threadId: string): void;
}

/** One chat: its title, its messages, and the field for the next one. */
export function ChatScreen({ store, onAdopt }: ChatScreenProps) {
	const threadId = useChat(store, (state) => state.threadId);
	const isEmpty = useChat(store, (state) => state.isLoaded && state.messages.length === 0);
	const notice = useChat(store, (state) => state.notice);
	// One card for one limit: a message that it refused tells it already.
	const isLimitTold = useChat(
		store,
		(state) => isOfLimit(state.notice) || state.messages.some(({ failure }) => isOfLimit(failure)),
	);
	const composer = useRef<ComposerHandle>(null);
	const { refetch, isMissing, failure } = useThread(store, threadId);
	const actions = useTurn({
		store,
		refetch,
		onAccept: (acceptedId) => onAdopt(store, acceptedId),
	});
	const context = useShownContext();
	const { show: showContext } = context;
	const screen = useMemo(() => {
		const getModel = () => composer.current?.getModel() ?? null;
		return { store, actions, composer, refetch, showContext, getModel };
	}, [store, actions, refetch, showContext]);
	useChatShortcuts(screen);
	useTabTitle(store);
	const shownFailure = notice ?? (isMissing ? null : failure);

	return (
		<ScreenContext value={screen}>
			<main className="relative flex min-h-0 flex-1 flex-col">
				<ChatHeader store={store} isMissing={isMissing} />
				{isMissing ? <p className="m-auto p-8 text-muted">{messages.chatMissing}</p> : null}
				{isEmpty && !isMissing ? (
					<EmptyChat onChoose={(text) => composer.current?.addMessage({ text })} />
				) : null}
				{!isEmpty && !isMissing ? <MessageList store={store} /> : null}
				{shownFailure ? (
					<div className="mx-auto mb-2 w-full max-w-[752px] px-4">
						<FailureNote
							failure={shownFailure}
							onRetry={refetch}
							onClose={notice ? () => store.dispatch({ type: "notice-set", notice: null }) : undefined}
						/>
					</div>
				) : null}
				{isMissing ? null : (
					<>
						<div className="mx-auto w-full max-w-[752px] px-4">{isLimitTold ? null : <QuotaCard />}</div>
						<Composer ref={composer} store={store} />
					</>
				)}
			</main>
			<AnswerAnnouncer store={store} />
			{context.isNeeded ? (
				<Suspense>
					<ContextDialog
						store={store}
						shown={context.shown}
						model={screen.getModel()}
						onClose={context.close}
					/>
				</Suspense>
			) : null}
		</ScreenContext>
	);
}

/** The dialog about the context is loaded when it is first asked for. */
function useShownContext() {
	const [shown, setShown] = useState<ShownContext | null>(null);
	const [isNeeded, setNeeded] = useState(false);
	const show = useCallback((next: ShownContext) => {
		setNeeded(true);
		setShown(next);
	}, []);
	const close = useCallback(() => setShown(null), []);
	return { shown, isNeeded, show, close };
}

const isOfLimit = (failure: Failure | null) =>
	failure?.code === "quota_exceeded" || failure?.code === "budget_exceeded";

/** Reads the thread into the store: at first, when something changed elsewhere, and when asked. */
function useThread(store: ChatStore, threadId: string | null) {
	const client = useQueryClient();
	const query = useQuery({
		...threadQuery(threadId ?? ""),
		enabled: threadId !== null,
		// What the server rendered, or an earlier visit, shows at once; this visit still asks what is new.
		refetchOnMount: "always",
	});
	const { data, dataUpdatedAt, error } = query;
	useEffect(() => {
		if (data) store.dispatch({ type: "thread-load", page: data, atMs: dataUpdatedAt });
	}, [store, data, dataUpdatedAt]);
	const isVisible = useIsVisible();
	useEffect(() => {
		if (threadId && isVisible) markRead(threadId);
	}, [threadId, isVisible]);
	const refetch = useCallback(() => {
		const { threadId: id } = store.get();
		if (id) void client.refetchQueries({ queryKey: threadQuery(id).queryKey });
	}, [client, store]);
	// The server may have drawn the chat: then it can be read, whatever became of this read.
	const isReading = !useChat(store, (state) => state.isLoaded);
	const isPaused = query.fetchStatus === "paused" && isReading;
	const failure = data ? null : toReadFailure({ error, isPaused, isReading });
	const isMissing = failure?.code === "not_found" || failure?.code === "invalid_request";
	return { refetch, isMissing, failure };
}

/** Why a chat cannot be read yet; a paused read waits for the network. */
function toReadFailure(read: { error: unknown; isPaused: boolean; isReading: boolean }): Failure | null {
	const { error, isPaused, isReading } = read;
	if (isPaused) return { code: "offline", details: { isReading }, requestId: null };
	if (!error) return null;
	const failure = toFailure(error);
	return { ...failure, details: { ...failure.details, isReading } };
}

/** The title of the browser tab, with the number of answers that were not seen yet. */
function useTabTitle(store: ChatStore): void {
	const title = useChat(store, (state) => state.title);
	const unread = useUnread().size;
	useEffect(() => {
		const name = title ? `${title} · ${messages.productName}` : messages.productName;
		document.title = unread > 0 ? `(${unread}) ${name}` : name;
	}, [title, unread]);
}

const copyAndSay = async (text: string | undefined) => {
	if (text) announce((await copyText(text)) ? messages.copied : messages.copyFailed);
};

/** The shortcuts that belong to the chat that is shown. */
export function useChatShortcuts({ store, composer }: ChatScreenAccess): void {
	const lastAnswer = () =>
		store.get().messages.findLast(({ role, text }) => role === "assistant" && text !== "")?.text;
	useShortcut("focusComposer", () => composer.current?.focus());
	useShortcut("modelPicker", () => composer.current?.openModels());
	useShortcut("copyAnswer", () => void copyAndSay(lastAnswer()));
	useShortcut("copyCode", pressLastCopy);
}

/** Copies the last block of code as it is shown, wherever in a list or quote it stands. */
function pressLastCopy(): void {
	const answers = document.querySelectorAll('article[data-role="assistant"]');
	const buttons = answers[answers.length - 1]?.querySelectorAll<HTMLElement>('[data-copy="code"]');
	buttons?.[buttons.length - 1]?.click();
}
