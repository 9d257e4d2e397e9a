"use client";

import { useEffect, useState } from "react";
import { messages } from "../messages";
import { Button } from "../ui/button";
import { Answer } from "./answer";
import type { LiveTurn, ShownMessage } from "./chat-state";
import { Reasoning } from "./reasoning";
import { useScreen } from "./screen-context";
import { useIsOnline } from "./use-is-online";
import { useModelOffers } from "./use-model-offers";
import { useModelName } from "./use-models";
import { usePlaceWords } from "./use-place-words";
import { useChat } from "./use-store";

/** After this the wait is explained in words. */
const patienceMs = 4_000;
/** After this another model is offered. */
const offerAfterMs = 10_000;

/**
 * The words of an answer, growing or finished: the one component that renders with every batch of tokens. It is the same
 * component before and after the end, so that the end draws nothing anew.
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
	const { text, reasoning, reasoningMs, modelSpans } = live ?? message;
	const isThinking = live !== null && live.reasoningStartedAtMs !== null && reasoningMs === null;
	return (
		<>
			<Reasoning text={reasoning} durationMs={reasoningMs} isRunning={isThinking} />
			{live && text === "" ? (
				<Waiting live={live} />
			) : (
				<Answer text={text} isGrowing={live !== null} modelSpans={modelSpans} />
			)}
			{live && text !== "" ? <GrowthNote live={live} /> : null}
		</>
	);
}

/** Why an answer does not grow at the moment. */
function GrowthNote({ live }: { readonly live: LiveTurn }) {
	const words = useGrowthWords(live);
	return words ? <p className="num mt-2 text-meta text-muted">{words}</p> : null;
}

function useGrowthWords(live: LiveTurn): string | null {
	const toName = useModelName();
	const isOnline = useIsOnline();
	const place = usePlaceWords(live.queue);
	if (live.isResending) return isOnline ? messages.sendingAgain : messages.waitingForNetwork;
	if (live.isLost) return messages.reconnecting;
	if (live.isStopping) return messages.stopping;
	if (place) return place;
	return live.askedId ? messages.goesOn(toName(live.askedId)) : null;
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

/** Whoever has waited long may ask another model in place of this one. */
function OtherModelOffer({ live }: { readonly live: LiveTurn }) {
	const { actions } = useScreen();
	const { other } = useModelOffers(live.askedId ?? live.modelId);
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
	if (isLong) return messages.stillWaiting(name ?? messages.theModel);
	if (!name) return "";
	return live.requestedModel === "auto" ? messages.chosenByAuto(name) : name;
}
