import { useEffect } from "react";
import { listStoredKeys, readStored, writeStored } from "../../connection/local-storage";
import { claim, isHeldHere, release } from "../../connection/tab-claims";
import type { Failure } from "../../connection/trpc-client";
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
	/** Why it is not sent by itself any more: the server refused it, or the person ended the tries. */
	readonly failure?: Failure;
}

const toKey = (userId: string, clientMessageId: string) => `parley-unsent:${userId}:${clientMessageId}`;
const toClaim = (clientMessageId: string) => `parley-unsent-${clientMessageId}`;

/** Keeps the message until `removeUnsent`; from now on this tab alone takes care of it. */
export function saveUnsent(userId: string, unsent: Unsent): void {
	const { clientMessageId } = unsent.request;
	writeStored(toKey(userId, clientMessageId), JSON.stringify(unsent));
	void claim(toClaim(clientMessageId));
}

/** No more tries are made by themselves: it waits for the person, with the reason, also after a reload. */
export function setUnsentFailure(userId: string, clientMessageId: string, failure: Failure): void {
	const unsent = findUnsent(toKey(userId, clientMessageId));
	if (unsent) saveUnsent(userId, { ...unsent, failure });
}

/** The server has it, or the person took it back. */
export function removeUnsent(userId: string, clientMessageId: string): void {
	writeStored(toKey(userId, clientMessageId), null);
	release(toClaim(clientMessageId));
}

function findUnsent(key: string): Unsent | null {
	const json = readStored(key);
	return json === null ? null : JSON.parse(json);
}

/**
 * The kept messages of a chat that no other tab takes care of, oldest first. This tab does from now on. Of its own there are
 * those that failed: the screen that showed them may be gone.
 */
export async function claimUnsent(userId: string, threadId: string | null): Promise<Unsent[]> {
	const kept = listStoredKeys(toKey(userId, "")).flatMap((key) => findUnsent(key) ?? []);
	const mine: Unsent[] = [];
	for (const unsent of kept.toSorted((a, b) => a.sentAtMs - b.sentAtMs)) {
		const name = toClaim(unsent.request.clientMessageId);
		if (unsent.threadId !== threadId) continue;
		if (isHeldHere(name) ? unsent.failure : await claim(name)) mine.push(unsent);
	}
	return mine;
}

/** A message older than this is shown with Retry instead: its writer no longer expects it to go out by itself. */
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
				else if (!unsent.failure) release(toClaim(unsent.request.clientMessageId));
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
	if (messages.some(({ id }) => id === request.clientMessageId)) return;
	if (isHeld(row, messages)) removeUnsent(userId, request.clientMessageId);
	else if (!unsent.failure && !queued && Date.now() - sentAtMs < resendMsMax) actions.resend(request);
	else {
		const failure = unsent.failure ?? { code: "unreachable", details: {}, requestId: null };
		store.dispatch({ type: "unsent-load", request, failure, atMs: sentAtMs });
	}
}
