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
	if (!turn || turn.status === "complete") return null;
	if (turn.status === "stopped") return <p className="mt-3 text-meta text-muted">{messages.stopped}</p>;
	const failure = toTurnFailure(turn);
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

function toTurnFailure(turn: NonNullable<ShownMessage["turn"]>): Failure {
	const modelId = turn.receipt?.modelId;
	return {
		// A code is the server's word; one that this build does not know gets the words of an internal failure.
		code: (turn.code ?? defaultCodes[turn.status] ?? "internal") as ShownErrorCode,
		details: modelId ? { modelId } : {},
		requestId: null,
	};
}
