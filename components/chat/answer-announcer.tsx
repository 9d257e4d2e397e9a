"use client";

import { useEffect, useRef } from "react";
import { announce } from "../announcer";
import { messages } from "../messages";
import type { ChatStore } from "./chat-store";
import { useChat } from "./use-store";

const reminderMs = 15_000;

/** Says when an answer starts, goes on and ends; never the words themselves. */
export function AnswerAnnouncer({ store }: { readonly store: ChatStore }) {
	const isAnswering = useChat(store, (state) => state.live !== null && state.live.text !== "");
	const wasAnswering = useRef(isAnswering);
	useEffect(() => {
		if (wasAnswering.current && !isAnswering) announce(toEnding(store));
		wasAnswering.current = isAnswering;
		if (!isAnswering) return;
		announce(messages.answerStarted);
		const timer = setInterval(() => announce(messages.answerContinues), reminderMs);
		return () => clearInterval(timer);
	}, [isAnswering, store]);
	return null;
}

function toEnding(store: ChatStore): string {
	const answer = store.get().messages.findLast(({ role }) => role === "assistant");
	if (answer?.turn?.status === "stopped") return messages.answerStopped;
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
