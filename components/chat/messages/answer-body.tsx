"use client";

import { memo, useEffect, useState } from "react";
import { isAutoModel } from "@/server/contract/kinds";
import { useIsOnline } from "../../connection/browser-state";
import { Button } from "../../ui/button";
import { messages } from "../../words/chat";
import { Answer } from "../markdown/answer";
import { useScreen } from "../screen-context";
import { joinThoughts, type LiveTurn, type ShownMessage } from "../state/chat-state";
import { useChat } from "../state/chat-store";
import { useModelName, useModelOffers } from "../state/queries";
import { AnswerActions } from "./answer-actions";
import { usePlaceWords } from "./answer-announcer";
import { AnswerEnding } from "./answer-ending";
import { Reasoning } from "./reasoning";

/** After this the wait is explained in words. */
const patienceMs = 4_000;
/** After this another model is offered. */
const offerAfterMs = 10_000;

/**
 * The words of an answer, growing or finished: the one component that renders with every batch of tokens. It is the same
 * component before and after the end, so that the end redraws nothing.
 */
export function AnswerBody({
	message,
	isLive,
}: {
	readonly message: ShownMessage;
	readonly isLive: boolean;
}) {
	const { store } = useScreen();
	const live = useChat(store, (state) => (isLive ? state.live : null));
	const { text, modelSpans } = live ?? message;
	const { reasoning, reasoningMs } = live ? joinThoughts(message, live) : message;
	// A model that was called has thought something, and said nothing yet.
	const isThinking = live !== null && live.reasoning !== "" && live.calledModelId !== null;
	const isWaiting = live !== null && text === "" && !isThinking;
	return (
		<>
			<Reasoning text={reasoning} durationMs={reasoningMs} isRunning={isThinking} />
			{isWaiting ? <Waiting live={live} /> : null}
			{text === "" ? null : <Answer text={text} isGrowing={live !== null} modelSpans={modelSpans} />}
			{live && !isWaiting ? <GrowthNote live={live} isThinking={isThinking} /> : null}
		</>
	);
}

/** Why an answer does not grow at the moment. */
function GrowthNote({ live, isThinking }: { readonly live: LiveTurn; readonly isThinking: boolean }) {
	const words = useGrowthWords(live, isThinking);
	return words ? <p className="num mt-2 text-meta text-muted">{words}</p> : null;
}

function useGrowthWords(live: LiveTurn, isThinking: boolean): string | null {
	const toName = useModelName();
	const isOnline = useIsOnline();
	const place = usePlaceWords(live.queue);
	if (live.isResending) return isOnline ? messages.sendingAgain : messages.waitingForNetwork;
	if (live.isLost) return messages.reconnecting;
	if (live.isStopping) return messages.stopping;
	if (place) return place;
	return live.calledModelId && !isThinking ? messages.goesOn(toName(live.calledModelId)) : null;
}

/** Before the first word: three calm dots, then who is answering, then that it takes long. */
function Waiting({ live }: { readonly live: LiveTurn }) {
	const isLong = useIsLater(patienceMs);
	const isVeryLong = useIsLater(offerAfterMs);
	const words = useWaitingWords(live, isLong);
	return (
		<div className="flex min-h-[27px] flex-wrap items-center gap-3 text-meta text-muted">
			<span aria-hidden className="flex gap-1">
				<span className="pulse-dot" />
				<span className="pulse-dot" />
				<span className="pulse-dot" />
			</span>
			<span className="num">{words}</span>
			{isVeryLong ? <OtherModelOffer live={live} /> : null}
		</div>
	);
}

/** A person who has waited long may ask another model in place of this one. */
function OtherModelOffer({ live }: { readonly live: LiveTurn }) {
	const { actions } = useScreen();
	const { other } = useModelOffers(live.calledModelId ?? live.modelId);
	if (!other || live.turnId === null || live.isStopping) return null;
	return <Button onClick={() => actions.answerInstead(other.id)}>{messages.answerWith(other.name)}</Button>;
}

function useIsLater(afterMs: number): boolean {
	const [isLater, setLater] = useState(false);
	useEffect(() => {
		const timer = setTimeout(() => setLater(true), afterMs);
		return () => clearTimeout(timer);
	}, [afterMs]);
	return isLater;
}

function useWaitingWords(live: LiveTurn, isLong: boolean): string {
	const toName = useModelName();
	const isOnline = useIsOnline();
	const place = usePlaceWords(live.queue);
	const name = live.modelId ? toName(live.modelId) : null;
	if (!isOnline && live.turnId === null) return messages.waitingForNetwork;
	if (live.isResending) return messages.sendingAgain;
	if (live.isLost) return messages.reconnecting;
	if (live.isStopping) return messages.stopping;
	if (place) return place;
	if (live.isLoading) return messages.modelLoading(name ?? messages.theModel);
	if (live.draft?.isAccepted === null) return messages.drafting(toName(live.draft.modelId));
	if (live.draft && name) return messages.draftRejected(toName(live.draft.modelId), name);
	if (isLong) return messages.stillWaiting(name ?? messages.theModel);
	if (!name) return "";
	return live.requestedModel !== null && isAutoModel(live.requestedModel)
		? messages.chosenByAuto(name)
		: name;
}

interface AssistantMessageProps {
	readonly message: ShownMessage;
	readonly isLive: boolean;
	readonly isRunning: boolean;
	readonly isLast: boolean;
}

/** An answer: no bubble, its actions below it. While it grows, only its own text renders. */
export const AssistantMessage = memo(function AssistantMessage(props: AssistantMessageProps) {
	const { message, isLive, isRunning, isLast } = props;
	const toName = useModelName();
	const modelId = message.turn?.receipt?.modelId;
	return (
		<>
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
		</>
	);
});
