"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ViewerEvent } from "@/server/client";
import { endSession } from "./end-session";
import { parseThreadPath } from "./navigate";
import { followReads, markRead, markUnread } from "./threads/unread";
import { patchThreadList, threadListKey } from "./threads/use-thread-list";
import { limitsQuery } from "./usage/usage-queries";
import { followViewer } from "./viewer-events";

/** Several changes come together (created, titled, started): they cost one read of the list. */
const gatherMs = 150;

/** Keeps this tab in step with every other tab and device of the same person. */
export function useViewerSync(): void {
	const client = useQueryClient();
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const rereadList = () => {
			clearTimeout(timer);
			timer = setTimeout(() => client.invalidateQueries({ queryKey: threadListKey }), gatherMs);
		};
		const rereadThread = (threadId: string) =>
			client.invalidateQueries({ queryKey: ["threads", "get", threadId] });

		const apply = (event: ViewerEvent) => {
			switch (event.type) {
				case "thread-change":
					if (event.change === "deleted") patchThreadList(client, event.threadId, null);
					rereadList();
					void rereadThread(event.threadId);
					return;
				case "turn-start":
					patchThreadList(client, event.threadId, (thread) => ({ ...thread, liveTurnId: event.turnId }));
					rereadList();
					void rereadThread(event.threadId);
					return;
				case "turn-end":
					patchThreadList(client, event.threadId, (thread) => ({ ...thread, liveTurnId: null }));
					if (isSeen(event.threadId)) markRead(event.threadId);
					else markUnread(event.threadId);
					void rereadThread(event.threadId);
					void client.invalidateQueries({ queryKey: limitsQuery().queryKey });
					return;
				case "resync":
					void client.invalidateQueries();
					return;
				case "session-end":
					void endSession();
			}
		};
		const stop = followViewer(apply);
		const stopReads = followReads();
		return () => {
			clearTimeout(timer);
			stop();
			stopReads();
		};
	}, [client]);
}

function isSeen(threadId: string): boolean {
	return !document.hidden && parseThreadPath(location.pathname) === threadId;
}
