import { useQueryClient } from "@tanstack/react-query";
import { toFailure, trpc } from "../../connection/trpc-client";
import { announce } from "../../ui/announcer";
import { showToast } from "../../ui/toast";
import { contextWords } from "../../words/context";
import { toErrorWords } from "../../words/to-error-words";
import { useScreen } from "../screen-context";
import { threadContextQuery } from "./use-thread-context";

/** Pins messages of the chat that is shown, or takes their pins away; a refusal is told in words. */
export function useSetPin(): (messageId: string, isPinned: boolean) => Promise<void> {
	const { store, refetch } = useScreen();
	const client = useQueryClient();
	return async (messageId, isPinned) => {
		const { threadId } = store.get();
		if (!threadId) return;
		try {
			await trpc.threads.setPin.mutate({ threadId, messageId, isPinned });
			announce(isPinned ? contextWords.pinned : contextWords.unpinned);
		} catch (error) {
			void showToast(toErrorWords(toFailure(error)).text);
		}
		refetch();
		void client.invalidateQueries({ queryKey: threadContextQuery(threadId).queryKey });
	};
}
