import { useEffect } from "react";
import { listStored, writeStored } from "../../connection/local-storage";
import { toOwnName } from "../../connection/page-viewer";
import { usePageSettings } from "../../shell/page-settings";
import type { SendRequest } from "./chat-state";
import { type ChatStore, useChat } from "./chat-store";
import { isHeld } from "./fold-thread";
import type { TurnActions } from "./turn-actions";

/** A message that a person has sent and the server has not confirmed: kept over a reload, under the same id. */
export interface Unsent {
	readonly request: SendRequest;
	/** null: it begins a new chat. */
	readonly threadId: string | null;
	/** The message that it was shown below; null at the top. */
	readonly shownBelowId: string | null;
	readonly sentAtMs: number;
}

/** Messages that this tab takes care of. A lock each, so that other tabs see it and the browser ends it with the tab. */
const claims = new Map<string, () => void>();

const toPrefix = (userId: string) => `parley-unsent:${userId}:`;

/** Keeps the message until `removeUnsent`; from now on this tab alone takes care of it. */
export function saveUnsent(userId: string, unsent: Unsent): void {
	const { clientMessageId } = unsent.request;
	writeStored(toPrefix(userId) + clientMessageId, JSON.stringify(unsent));
	void claim(clientMessageId);
}

/** The server has it, or the person took it back. */
export function removeUnsent(userId: string, clientMessageId: string): void {
	writeStored(toPrefix(userId) + clientMessageId, null);
	releaseUnsent(clientMessageId);
}

/** No more tries are made here: it stays kept, for whoever looks at this chat next. */
export function releaseUnsent(clientMessageId: string): void {
	claims.get(clientMessageId)?.();
	claims.delete(clientMessageId);
}

/** The kept messages of a chat that no tab takes care of, oldest first. This tab does from now on. */
export async function claimUnsent(userId: string, threadId: string | null): Promise<Unsent[]> {
	const kept = listStored(toPrefix(userId)).map((json): Unsent => JSON.parse(json));
	const mine: Unsent[] = [];
	for (const unsent of kept.toSorted((a, b) => a.sentAtMs - b.sentAtMs))
		if (unsent.threadId === threadId && (await claim(unsent.request.clientMessageId))) mine.push(unsent);
	return mine;
}

/** Resolves with whether this tab got it. Without locks (plain http on another host) every tab does. */
function claim(clientMessageId: string): Promise<boolean> {
	if (claims.has(clientMessageId)) return Promise.resolve(false);
	const { promise: released, resolve: release } = Promise.withResolvers<void>();
	claims.set(clientMessageId, release);
	if (!navigator.locks) return Promise.resolve(true);
	const { promise, resolve } = Promise.withResolvers<boolean>();
	void navigator.locks.request(
		toOwnName(`parley-unsent-${clientMessageId}`),
		{ ifAvailable: true },
		(lock) => {
			if (!lock) claims.delete(clientMessageId);
			resolve(lock !== null);
			return lock ? released : undefined;
		},
	);
	return promise;
}

/** A message older than this is shown with Retry instead: nobody expects it to go out by itself any more. */
const resendMsMax = 10 * 60_000;

/** Takes up what an earlier visit of this chat had sent and the server never confirmed, under the same ids. */
export function useUnsent(store: ChatStore, actions: TurnActions): void {
	const { userId } = usePageSettings().viewer;
	const isLoaded = useChat(store, (state) => state.isLoaded);
	useEffect(() => {
		if (!isLoaded) return;
		let isCurrent = true;
		void claimUnsent(userId, store.get().threadId).then((list) => {
			for (const unsent of list)
				if (isCurrent) takeUp(unsent, { store, actions, userId });
				else releaseUnsent(unsent.request.clientMessageId);
		});
		return () => {
			isCurrent = false;
		};
	}, [store, actions, userId, isLoaded]);
}

interface Surroundings {
	readonly store: ChatStore;
	readonly actions: TurnActions;
	readonly userId: string;
}

function takeUp(unsent: Unsent, { store, actions, userId }: Surroundings): void {
	const { request, shownBelowId, sentAtMs } = unsent;
	const { messages, queued } = store.get();
	const row = { draft: request, parentMessageId: shownBelowId, text: request.text };
	if (isHeld(row, messages)) removeUnsent(userId, request.clientMessageId);
	else if (messages.some(({ id }) => id === request.clientMessageId)) releaseUnsent(request.clientMessageId);
	else if (!queued && Date.now() - sentAtMs < resendMsMax) actions.resend(request);
	else {
		const failure = { code: "unreachable", details: {}, requestId: null } as const;
		store.dispatch({ type: "unsent-load", request, failure, atMs: sentAtMs });
		releaseUnsent(request.clientMessageId);
	}
}
