"use client";

import { ClockIcon } from "lucide-react";
import { Button } from "../../ui/button";
import { messages } from "../../words/chat";
import { PartChips } from "../messages/part-chips";
import { useScreen } from "../screen-context";
import type { SendRequest } from "../state/chat-state";
import { type ChatStore, useChat } from "../state/chat-store";

/** The message that waits for the running answer to end. */
export function QueuedMessage({
	store,
	onEdit,
}: {
	readonly store: ChatStore;
	onEdit(request: SendRequest): void;
}) {
	const { actions } = useScreen();
	const queued = useChat(store, (state) => state.queued);
	if (!queued) return null;
	const { request } = queued;
	return (
		<section
			aria-label={messages.queuedTitle}
			className="appear mx-2 mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-card border border-border bg-surface py-1.5 pr-1.5 pl-3"
		>
			<ClockIcon size={15} aria-hidden className="text-muted" />
			<p className="min-w-40 flex-1 truncate">{request.text}</p>
			<PartChips parts={request.parts ?? null} />
			<div className="flex">
				<Button
					kind="quiet"
					onClick={() => {
						actions.dequeue();
						onEdit(request);
					}}
				>
					{messages.queuedEdit}
				</Button>
				<Button kind="quiet" onClick={actions.dequeue}>
					{messages.queuedRemove}
				</Button>
				<Button kind="quiet" onClick={actions.hurry}>
					{messages.queuedSendNow}
				</Button>
			</div>
		</section>
	);
}
