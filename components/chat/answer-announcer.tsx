"use client";

import { useEffect, useRef } from "react";
import { announce } from "../announcer";
import { messages } from "../messages";
import type { ChatStore } from "./chat-store";
import { toSeams } from "./seams";
import { useModelName } from "./use-models";
import { toPlaceWords } from "./use-place-words";
import { useChat } from "./use-store";

const reminderMs = 15_000;

/** Says when an answer starts, goes on and ends; never the words themselves. */
export function AnswerAnnouncer({ store }: { readonly store: ChatStore }) {
	const answerId = useChat(store, ({ live }) => (live?.text ? live.assistantMessageId : null));
	const lastId = useRef(answerId);
	useEffect(() => {
		if (lastId.current !== null && lastId.current !== answerId) announce(toEnding(store, lastId.current));
		lastId.current = answerId;
		if (answerId === null) return;
		announce(messages.answerStarted);
		const timer = setInterval(() => announce(messages.answerContinues), reminderMs);
		return () => clearInterval(timer);
	}, [answerId, store]);
	useSeamNews(store);
	const isInLine = useChat(store, ({ live }) => Boolean(live?.queue));
	useEffect(() => {
		// Once: a place that is told again and again drowns everything else.
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
function useSeamNews(store: ChatStore): void {
	const toName = useModelName();
	const modelId = useChat(store, ({ live }) =>
		live ? (toSeams(live.modelSpans, live.text).at(-1)?.modelId ?? null) : null,
	);
	const latestName = useRef(toName);
	latestName.current = toName;
	useEffect(() => {
		if (modelId) announce(messages.continuedBy(latestName.current(modelId)));
	}, [modelId]);
}

function toEnding(store: ChatStore, answerId: string): string {
	const answer = store.get().messages.find(({ id }) => id === answerId);
	const status = answer?.turn?.status;
	if (status === "stopped") return messages.answerStopped;
	if (status !== "complete") return messages.answerBroken;
	return messages.answerFinished(countWords(answer?.text ?? ""));
}

/** Words as a reader counts them, also in scripts without spaces. */
function countWords(text: string): number {
	if (typeof Intl.Segmenter === "undefined") return text.split(/\s+/).filter(Boolean).length;
	let count = 0;
	for (const { isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text))
		if (isWordLike) count += 1;
	return count;
}
