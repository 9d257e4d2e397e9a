import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { readStored, writeStored } from "../../connection/local-storage";
import { usePageSettings } from "../../shell/page-settings";
import type { ChatStore } from "../state/chat-store";
import { useChat } from "../state/chat-store";

const writeDelayMs = 300;
/** What was typed since the last write, by key. */
const unsaved = new Map<string, string>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Drafts belong to one person: another one who signs in on this browser must not read them. */
export function toDraftKey(userId: string, threadId: string | null): string {
	return `parley-draft:${userId}:${threadId ?? "new"}`;
}

/** The text kept under this key, or none. */
export function findDraft(key: string): string {
	return unsaved.get(key) ?? readStored(key) ?? "";
}

/** Keeps the text, at the latest 300 ms from now. An empty one is removed at once: what was sent must not come back. */
export function saveDraft(key: string, text: string): void {
	unsaved.set(key, text);
	clearTimeout(timer);
	if (text === "") writeDrafts();
	else timer = setTimeout(writeDrafts, writeDelayMs);
}

/** Writes now: before the page or the person goes away. */
export function writeDrafts(): void {
	clearTimeout(timer);
	for (const [key, text] of unsaved) writeStored(key, text === "" ? null : text);
	unsaved.clear();
}

/** Per-thread choice of model; `null` is Auto. */
export function findModelChoice(draftKey: string): string | null {
	return readStored(`${draftKey}:model`);
}

export function saveModelChoice(draftKey: string, model: string | null): void {
	writeStored(`${draftKey}:model`, model);
}

/** The text being written in this thread, kept across reloads. */
export function useDraft(store: ChatStore): [string, (text: string) => void] {
	const { viewer } = usePageSettings();
	const threadId = useChat(store, (state) => state.threadId);
	const key = toDraftKey(viewer.userId, threadId);
	const [text, setText] = useState("");
	const isTouched = useRef(false);
	const savedUnder = useRef(key);

	const change = useCallback(
		(next: string) => {
			isTouched.current = true;
			setText(next);
			saveDraft(key, next);
		},
		[key],
	);
	useLayoutEffect(() => {
		if (savedUnder.current === key) return;
		// A new chat has become a thread: what was typed since goes with it.
		saveDraft(savedUnder.current, "");
		saveDraft(key, text);
		savedUnder.current = key;
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
