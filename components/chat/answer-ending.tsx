"use client";

import { messages } from "../messages";
import type { Failure, ShownErrorCode } from "../trpc-client";
import type { ShownMessage } from "./chat-state";
import { toErrorWords } from "./error-words";
import { FailureNote } from "./failure-note";
import { useScreen } from "./screen-context";

/** Why an answer ended, if it is not simply complete. The part that is there always stays. */
export function AnswerEnding({
	message,
	isLast,
}: {
	readonly message: ShownMessage;
	readonly isLast: boolean;
}) {
	const { actions, getModel, store } = useScreen();
	const { turn, parentMessageId } = message;
	if (!turn) return null;
	if (turn.status === "complete")
		return turn.receipt?.finishReason === "length" ? <Note text={messages.cutOff} /> : null;
	if (turn.status === "stopped") return <Note text={messages.stopped} />;
	const failure = toTurnFailure(message, turn);
	const retry = parentMessageId ? () => actions.regenerate(parentMessageId, getModel()) : undefined;
	const edit = () => store.dispatch({ type: "edit-set", messageId: parentMessageId });
	const isEditWanted = isLast && toErrorWords(failure).action === "edit";
	return (
		<div className="mt-3">
			{turn.status === "interrupted" && message.text !== "" ? (
				<p className="mb-2 text-meta text-muted">{messages.interrupted}</p>
			) : null}
			<FailureNote
				failure={failure}
				onContinue={isLast && canContinue(message) ? () => actions.continue(message) : undefined}
				onRetry={isLast ? retry : undefined}
				onEdit={isEditWanted ? edit : undefined}
			/>
		</div>
	);
}

const defaultCodes: Record<string, ShownErrorCode> = {
	interrupted: "stream_interrupted",
	filtered_request: "content_filtered",
	filtered_response: "content_filtered",
	expired_in_queue: "timeout",
};

/** Whether the server would go on with this answer: it has words, and they are not all that there was to say. */
export function canContinue({ text, turn }: ShownMessage): boolean {
	if (text === "" || !turn) return false;
	const { status, receipt } = turn;
	if (status === "complete") return receipt?.finishReason === "length";
	return status === "stopped" || status === "interrupted" || status === "failed";
}

/** Whether the ending is told by a note that carries its own actions. */
export function hasFailureNote({ turn }: ShownMessage): boolean {
	return turn !== null && turn.status !== "complete" && turn.status !== "stopped";
}

function Note({ text }: { readonly text: string }) {
	return <p className="mt-3 text-meta text-muted">{text}</p>;
}

function toTurnFailure({ text }: ShownMessage, turn: NonNullable<ShownMessage["turn"]>): Failure {
	const modelId = turn.receipt?.modelId;
	return {
		// A code is the server's word; one that this build does not know gets the words of an internal failure.
		code: (turn.code ?? defaultCodes[turn.status] ?? "internal") as ShownErrorCode,
		details: { ...(modelId ? { modelId } : {}), isEmpty: text === "" },
		requestId: null,
	};
}
