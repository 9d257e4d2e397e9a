"use client";

import { useEffect, useRef, useState } from "react";
import { announce } from "../../ui/announcer";
import { messages } from "../../words/chat";
import { isLiveStatus, type QueuePlace } from "../state/chat-state";
import { type ChatStore, useChat } from "../state/chat-store";
import { toSwitches } from "../state/model-switches";
import { useModelName } from "../state/queries";

const reminderMs = 15_000;

/** Says when an answer starts, goes on and ends; never the words themselves. */
export function AnswerAnnouncer({ store }: { readonly store: ChatStore }) {
	const answerId = useChat(store, ({ live }) => (live?.text ? live.assistantMessageId : null));
	useEffect(() => {
		if (answerId === null) return;
		announce(messages.answerStarted);
		const timer = setInterval(() => announce(messages.answerContinues), reminderMs);
		return () => clearInterval(timer);
	}, [answerId]);
	useEndings(store);
	useSwitchNews(store);
	const isInLine = useChat(store, ({ live }) => Boolean(live?.queue));
	useEffect(() => {
		// Once: an announcement that is repeated drowns everything else.
		const queue = store.get().live?.queue;
		if (isInLine && queue) announce(toPlaceWords(queue, Date.now()));
	}, [isInLine, store]);
	const isResending = useChat(store, (state) => state.live?.isResending === true);
	useEffect(() => {
		if (isResending) announce(messages.sendingAgain);
	}, [isResending]);
	return null;
}

/** Another model goes on: said when its first word is there. */
function useSwitchNews(store: ChatStore): void {
	const toName = useModelName();
	const modelId = useChat(store, ({ live }) =>
		live ? (toSwitches(live.modelSpans, live.text).at(-1)?.modelId ?? null) : null,
	);
	const latestName = useRef(toName);
	latestName.current = toName;
	useEffect(() => {
		if (modelId) announce(messages.continuedBy(latestName.current(modelId)));
	}, [modelId]);
}

/** Hears of every step of the store: an answer that came whole within one frame was never drawn as one that grows. */
function useEndings(store: ChatStore): void {
	useEffect(() => {
		let liveId: string | null = null;
		const look = () => {
			const before = liveId;
			liveId = store.get().live?.assistantMessageId ?? null;
			const words = before === null || before === liveId ? null : toEnding(store, before);
			if (words !== null) announce(words);
		};
		look();
		return store.subscribe(look);
	}, [store]);
}

/** null for an answer without words, which a note with an alert tells, and for one that only got its id. */
function toEnding(store: ChatStore, answerId: string): string | null {
	const answer = store.get().messages.find(({ id }) => id === answerId);
	const status = answer?.turn?.status;
	if (!answer?.text || status === undefined || isLiveStatus(status)) return null;
	if (status === "stopped") return messages.answerStopped;
	if (status !== "complete") return messages.answerBroken;
	return messages.answerFinished(countWords(answer.text));
}

/** Words as a reader counts them, also in scripts without spaces. */
function countWords(text: string): number {
	if (typeof Intl.Segmenter === "undefined") return text.split(/\s+/).filter(Boolean).length;
	let count = 0;
	for (const { isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text))
		if (isWordLike) count += 1;
	return count;
}

/** "Place 3 in line, about 12 s", counted down between the server's news; null outside of a line. */
export function usePlaceWords(queue: QueuePlace | null): string | null {
	const [nowMs, setNowMs] = useState(() => Date.now());
	useEffect(() => {
		if (!queue?.readyAtMs) return;
		setNowMs(Date.now());
		const timer = setInterval(() => setNowMs(Date.now()), 1_000);
		return () => clearInterval(timer);
	}, [queue]);
	return queue && toPlaceWords(queue, nowMs);
}

export function toPlaceWords({ position, readyAtMs }: QueuePlace, nowMs: number): string {
	return messages.inLine(position, readyAtMs === null ? null : toWait(readyAtMs - nowMs));
}

/** Never zero: what is expected now has not come yet. */
function toWait(ms: number): string {
	const seconds = Math.max(1, Math.ceil(ms / 1_000));
	return seconds < 90 ? messages.waitSeconds(seconds) : messages.waitMinutes(Math.round(seconds / 60));
}
