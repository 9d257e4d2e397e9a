"use client";

import { memo, useRef } from "react";
import { cn } from "../../ui/button";
import { messages as words } from "../../words/chat";
import { isLiveStatus, type ShownMessage } from "../state/chat-state";
import { AssistantMessage } from "./answer-body";
import { type DrawnExchanges, useIsDrawn } from "./drawn-exchanges";
import { UserMessage } from "./user-message";

interface ExchangeProps {
	readonly messages: readonly ShownMessage[];
	readonly drawn: DrawnExchanges | null;
	readonly isOld: boolean;
	readonly isDrawnAtFirst: boolean;
	/** The one that this tab sent last, at the end of the thread. */
	readonly isSent: boolean;
	readonly isLast: boolean;
	/** The answer that grows, if it is one of these. */
	readonly liveId: string | null;
}

/** One question and its answer. Far from what is read only their words are in the page. */
export const Exchange = memo(function Exchange(props: ExchangeProps) {
	const { messages, drawn, isOld, isDrawnAtFirst, isSent, isLast, liveId } = props;
	const box = useRef<HTMLDivElement>(null);
	const isDrawn = useIsDrawn({ drawn, box, isOld, isDrawnAtFirst });
	return (
		<div ref={box} className="exchange" data-sent={isSent}>
			{messages.map((message, index) => (
				<Row
					key={message.key}
					message={message}
					isDrawn={isDrawn}
					isLive={message.id === liveId}
					isLast={isLast && index === messages.length - 1}
				/>
			))}
		</div>
	);
}, areSame);

const compared = ["drawn", "isOld", "isSent", "isLast", "liveId"] as const;

/** The lists are made again with each change of the thread; their messages are not. */
function areSame(before: ExchangeProps, after: ExchangeProps): boolean {
	return (
		before.messages.length === after.messages.length &&
		before.messages.every((message, index) => message === after.messages[index]) &&
		compared.every((name) => before[name] === after[name])
	);
}

interface RowProps {
	readonly message: ShownMessage;
	readonly isDrawn: boolean;
	readonly isLive: boolean;
	readonly isLast: boolean;
}

/** The same element while its message rests and is drawn again: what was jumped to keeps the focus. */
function Row({ message, isDrawn, isLive, isLast }: RowProps) {
	const { id, role, delivery, turn } = message;
	const isMine = role === "user";
	const isRunning = isLive || (turn !== null && isLiveStatus(turn.status));
	return (
		<article
			id={`message-${id}`}
			tabIndex={-1}
			className={cn("message group/message", !isMine && "mt-5")}
			data-role={role}
			aria-busy={isMine ? delivery === "sending" : isRunning}
		>
			{isDrawn ? null : <Resting message={message} />}
			{isDrawn && isMine ? <UserMessage message={message} /> : null}
			{isDrawn && !isMine ? (
				<AssistantMessage message={message} isLive={isLive} isRunning={isRunning} isLast={isLast} />
			) : null}
		</article>
	);
}

/** The words of a message that is far away, for the browser's search, for a selection, and for the moment before it is drawn. */
function Resting({ message: { role, text } }: { readonly message: ShownMessage }) {
	return (
		<>
			<h2 className="sr-only">{role === "user" ? words.youSaid : words.answerSaid}</h2>
			<div dir="auto" data-lines className="answer answer-plain">
				{text}
			</div>
		</>
	);
}
