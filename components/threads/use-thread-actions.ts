"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { toFailure, trpc } from "../connection/trpc-client";
import { goTo, parseThreadPath, toThreadPath } from "../shell/navigate";
import { showToast } from "../ui/toast";
import { messages } from "../words/chat";
import { toErrorWords } from "../words/to-error-words";
import { patchThreadList, threadListKey } from "./use-thread-list";

/** Renaming and deleting. Both show at once and are taken back, with words, if the server refuses. */
export function useThreadActions() {
	const client = useQueryClient();
	return useMemo(() => {
		const reread = () => client.invalidateQueries({ queryKey: ["threads"] });
		const refuse = (error: unknown) => {
			void showToast(toErrorWords(toFailure(error)).text);
			return reread();
		};
		return {
			rename(threadId: string, title: string) {
				patchThreadList(client, threadId, (thread) => ({ ...thread, title }));
				trpc.threads.rename
					.mutate({ threadId, title })
					.then(() => client.invalidateQueries({ queryKey: ["threads", "get", threadId] }))
					.catch(refuse);
			},
			delete(threadId: string) {
				const nextPath = toPathAfter(threadId);
				void client.cancelQueries({ queryKey: threadListKey });
				patchThreadList(client, threadId, null);
				if (parseThreadPath(location.pathname) === threadId) goTo(nextPath);
				focusRow(nextPath);
				const restore = () =>
					trpc.threads.restore
						.mutate({ threadId })
						.then(async () => {
							await reread();
							goTo(toThreadPath(threadId));
						})
						.catch(refuse);
				trpc.threads.delete
					.mutate({ threadId })
					.then(() => showToast(messages.chatDeleted, { label: messages.undo, onClick: restore }))
					.catch(refuse);
			},
		};
	}, [client]);
}

/** The chat below the deleted one in the list as it is seen, else the one above, else a new chat. */
function toPathAfter(threadId: string): string {
	const paths = [...document.querySelectorAll<HTMLAnchorElement>("a[data-thread]")].map(
		(row) => row.pathname,
	);
	const at = paths.indexOf(toThreadPath(threadId));
	return paths[at + 1] ?? paths[at - 1] ?? "/";
}

/** After the list has drawn itself without the deleted row. */
function focusRow(path: string): void {
	requestAnimationFrame(() =>
		requestAnimationFrame(() => {
			const row = document.querySelector<HTMLElement>(`a[data-thread][href="${path}"]`);
			(row ?? document.querySelector<HTMLElement>("[data-composer]"))?.focus();
		}),
	);
}
