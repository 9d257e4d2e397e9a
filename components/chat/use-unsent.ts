import { useEffect } from "react";
import { usePageSettings } from "../page-settings";
import type { ChatStore } from "./chat-store";
import { isHeld } from "./fold-thread";
import type { TurnActions } from "./turn-actions";
import { claimUnsent, dropUnsent, releaseUnsent, type Unsent } from "./unsent";
import { useChat } from "./use-store";

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
	if (isHeld(row, messages)) dropUnsent(userId, request.clientMessageId);
	else if (messages.some(({ id }) => id === request.clientMessageId)) releaseUnsent(request.clientMessageId);
	else if (!queued && Date.now() - sentAtMs < resendMsMax) actions.resend(request);
	else {
		const failure = { code: "unreachable", details: {}, requestId: null } as const;
		store.dispatch({ type: "unsent-load", request, failure, atMs: sentAtMs });
		releaseUnsent(request.clientMessageId);
	}
}
