"use client";

import { Dialog } from "../../ui/dialog";
import { contextWords } from "../../words/context";
import type { ShownContext } from "../screen-context";
import { type ChatStore, useChat } from "../state/chat-store";
import { AnswerContextView } from "./answer-context-view";
import { ThreadContextView } from "./thread-context-view";

interface ContextDialogProps {
	readonly store: ChatStore;
	readonly shown: ShownContext | null;
	/** The model chosen in the composer; null for Auto. */
	readonly model: string | null;
	onClose(): void;
}

/** What is sent of the chat, in a dialog: how it is chosen, or what one answer was sent. */
export default function ContextDialog({ store, shown, model, onClose }: ContextDialogProps) {
	const threadId = useChat(store, (state) => state.threadId);
	return (
		<Dialog
			isOpen={shown !== null && threadId !== null}
			title={contextWords.title}
			className="w-[min(94vw,640px)]"
			onClose={onClose}
		>
			{shown?.type === "thread" && threadId ? (
				<ThreadContextView threadId={threadId} model={model} onLeave={onClose} />
			) : null}
			{shown?.type === "answer" ? <AnswerContextView turnId={shown.turnId} /> : null}
		</Dialog>
	);
}
