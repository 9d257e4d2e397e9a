"use client";

import type { ModelListItem } from "@/server/client";
import { isAutoModel } from "@/server/contract/kinds";
import { canContinue } from "@/server/contract/turn-status";
import type { Failure, ShownErrorCode } from "../../connection/trpc-client";
import { usePageSettings } from "../../shell/page-settings";
import { messages } from "../../words/chat";
import { FailureNote } from "../failure-note";
import { useScreen } from "../screen-context";
import type { ShownMessage } from "../state/chat-state";
import { useModelName, useModelOffers } from "../state/queries";

/** Why an answer ended, if it is not simply complete. The part that is there always stays. */
export function AnswerEnding({
	message,
	isLast,
}: {
	readonly message: ShownMessage;
	readonly isLast: boolean;
}) {
	const { turn } = message;
	if (!turn) return null;
	if (turn.status === "complete") {
		if (turn.receipt?.failure?.class === "filter_outage") return <Note text={messages.unfiltered} />;
		return turn.receipt?.finishReason === "length" ? <Note text={messages.cutOff} /> : null;
	}
	if (turn.status === "stopped") return <Note text={messages.stopped} />;
	return (
		<div className="mt-3">
			<BrokenAnswer message={message} turn={turn} isLast={isLast} />
		</div>
	);
}

interface BrokenAnswerProps {
	readonly message: ShownMessage;
	readonly turn: Turn;
	readonly isLast: boolean;
}

/** Words for how the answer failed; only the last one offers something to do, which would take away what follows it. */
function BrokenAnswer({ message, turn, isLast }: BrokenAnswerProps) {
	const { actions, getModel, store } = useScreen();
	const toName = useModelName();
	const { viewer } = usePageSettings();
	const failedId = toFailedId(turn);
	const offers = useModelOffers(failedId);
	const failure = toTurnFailure(message, turn, {
		...(failedId && { modelName: toName(failedId) }),
		isAdmin: viewer.role === "admin",
	});
	const { parentMessageId } = message;
	if (!isLast || !parentMessageId) return <FailureNote failure={failure} />;
	const answerBy = (model: string | null) => actions.regenerate(parentMessageId, model);
	const toOffer = (model: ModelListItem | null) =>
		model && { name: model.name, choose: () => answerBy(model.id) };
	return (
		<FailureNote
			failure={failure}
			onContinue={isContinuable(message) ? () => actions.continue(message) : undefined}
			onRetry={() => answerBy(getModel())}
			onEdit={() => store.dispatch({ type: "edit-set", messageId: parentMessageId })}
			otherModel={toOffer(offers.other)}
			largerModel={toOffer(offers.larger)}
		/>
	);
}

type Turn = NonNullable<ShownMessage["turn"]>;

/** The model that failed; the wanted one when none was called. */
function toFailedId({ receipt, requestedModel }: Turn): string | null {
	return receipt?.modelId ?? (isAutoModel(requestedModel) ? null : requestedModel);
}

const defaultCodes: Record<string, ShownErrorCode> = {
	interrupted: "stream_interrupted",
	filtered_request: "content_filtered",
	filtered_response: "content_filtered",
	expired_in_queue: "expired_in_queue",
};

/** Whether the server would go on with this answer. */
export function isContinuable({ text, turn }: ShownMessage): boolean {
	if (!turn) return false;
	return canContinue({ text, status: turn.status, finishReason: turn.receipt?.finishReason ?? null });
}

/** Whether a note with actions of its own says how the answer ended. */
export function hasFailureNote({ turn }: ShownMessage): boolean {
	return turn !== null && turn.status !== "complete" && turn.status !== "stopped";
}

function Note({ text }: { readonly text: string }) {
	return <p className="mt-3 text-meta text-muted">{text}</p>;
}

function toTurnFailure({ text }: ShownMessage, turn: Turn, details: Failure["details"]): Failure {
	const { status, code, receipt } = turn;
	const failureClass = receipt?.failure?.class ?? (isFiltered(turn) ? status : null);
	return {
		// A code is the server's word; one that this build does not know gets the words of an internal failure.
		code: (code ?? defaultCodes[status] ?? "internal") as ShownErrorCode,
		details: {
			...details,
			isEmpty: text === "",
			...(failureClass && { class: failureClass }),
			...(receipt?.failure?.retryAt && { retryAt: receipt.failure.retryAt }),
		},
		requestId: null,
	};
}

/** Ended by a content filter: nothing here offers a way around it. */
export const isFiltered = ({ status }: Turn): boolean =>
	status === "filtered_request" || status === "filtered_response";
