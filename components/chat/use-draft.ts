import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { usePageSettings } from "../page-settings";
import type { ChatStore } from "./chat-store";
import { findDraft, keepDraft, toDraftKey, writeDrafts } from "./drafts";
import { useChat } from "./use-store";

/** The text being written in this thread, kept across reloads. */
export function useDraft(store: ChatStore): [string, (text: string) => void] {
	const { viewer } = usePageSettings();
	const threadId = useChat(store, (state) => state.threadId);
	const key = toDraftKey(viewer.userId, threadId);
	const [text, setText] = useState("");
	const isTouched = useRef(false);
	const keptUnder = useRef(key);

	const change = useCallback(
		(next: string) => {
			isTouched.current = true;
			setText(next);
			keepDraft(key, next);
		},
		[key],
	);
	useLayoutEffect(() => {
		if (keptUnder.current === key) return;
		// A new chat has become a thread: what was typed since goes with it.
		keepDraft(keptUnder.current, "");
		keepDraft(key, text);
		keptUnder.current = key;
	}, [key, text]);
	useLayoutEffect(() => {
		// Not as the first state: the server drew this page without it.
		if (!isTouched.current) setText(findDraft(key));
	}, [key]);
	useEffect(() => {
		window.addEventListener("pagehide", writeDrafts);
		return () => {
			window.removeEventListener("pagehide", writeDrafts);
			writeDrafts();
		};
	}, []);

	return [text, change];
}
