"use client";

import { memo } from "react";
import { messages } from "../messages";
import { AnswerActions } from "./answer-actions";
import { AnswerBody } from "./answer-body";
import { AnswerEnding } from "./answer-ending";
import { isLiveStatus, type ShownMessage } from "./chat-state";
import { useModelName } from "./use-models";

interface AssistantMessageProps {
	readonly message: ShownMessage;
	readonly isLive: boolean;
	readonly isLast: boolean;
}

/** An answer: no bubble, its actions below it. While it grows, only its own text renders. */
export const AssistantMessage = memo(function AssistantMessage(props: AssistantMessageProps) {
	const { message, isLive, isLast } = props;
	const toName = useModelName();
	const modelId = message.turn?.receipt?.modelId;
	const isRunning = isLive || (message.turn !== null && isLiveStatus(message.turn.status));
	return (
		<article
			id={`message-${message.id}`}
			tabIndex={-1}
			className="message group/message mt-5"
			data-role="assistant"
			aria-busy={isRunning}
		>
			<h2 className="sr-only">{modelId ? messages.modelSaid(toName(modelId)) : messages.answerSaid}</h2>
			<AnswerBody message={message} isLive={isLive} />
			{isRunning ? (
				<div className="mt-2 h-8 touch:h-11" />
			) : (
				<>
					<AnswerEnding message={message} isLast={isLast} />
					<div className="mt-2 flex min-h-8 touch:min-h-11 flex-wrap items-center">
						<AnswerActions message={message} isLast={isLast} />
					</div>
				</>
			)}
		</article>
	);
});
