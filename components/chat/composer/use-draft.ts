import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { release } from "../../connection/tab-claims";
import { usePageSettings } from "../../shell/page-settings";
import { type ChatStore, useChat } from "../state/chat-store";
import {
	type Draft,
	emptyDraft,
	findDraft,
	findLastKey,
	findWholeDraft,
	saveDraft,
	saveWholeDraft,
	takeOwnKey,
	toDraftKey,
	writeDrafts,
} from "./drafts";

/** What is being written in this thread, kept across reloads. Every tab keeps its own. */
export function useDraft(store: ChatStore): [Draft, (draft: Draft) => void] {
	const { viewer } = usePageSettings();
	const threadId = useChat(store, (state) => state.threadId);
	const place = toDraftKey(viewer.userId, threadId);
	const [draft, setDraft] = useState(emptyDraft);
	/** What the person has written since the screen opened; null: nothing. */
	const typed = useRef<Draft | null>(null);
	const own = useRef<string | null>(null);
	const left = useRef<string | null>(null);

	const change = useCallback((next: Draft) => {
		typed.current = next;
		setDraft(next);
		if (own.current) saveWholeDraft(own.current, next);
	}, []);
	useLayoutEffect(() => {
		// Shown at once, before it is known whether another tab writes there. Not as the first state: the server drew this
		// page without it.
		const shown = findLastKey(place);
		if (typed.current === null) setDraft(findWholeDraft(shown));
		const take = async () => {
			const key = await takeOwnKey(place, false);
			// Words that were typed meanwhile come beside what was left here by another tab, never in its stead.
			if (typed.current === null || key === shown || findDraft(key) === "") return key;
			release(key);
			return takeOwnKey(place, true);
		};
		let isHere = true;
		void take().then((key) => {
			if (!isHere) return release(key);
			own.current = key;
			if (typed.current !== null) saveWholeDraft(key, typed.current);
			else if (key !== shown) setDraft(findWholeDraft(key));
		});
		return () => {
			isHere = false;
			if (own.current) release(own.current);
			left.current = own.current;
			own.current = null;
		};
	}, [place]);
	const wasPlace = useRef(place);
	useLayoutEffect(() => {
		if (wasPlace.current === place) return;
		// A new chat has become a thread: what was typed since goes with it.
		if (left.current) saveWholeDraft(left.current, emptyDraft);
		wasPlace.current = place;
	}, [place]);
	useEffect(() => {
		window.addEventListener("pagehide", writeDrafts);
		return () => {
			window.removeEventListener("pagehide", writeDrafts);
			writeDrafts();
		};
	}, []);

	return [draft, change];
}

/** The half-made change of a sent message, kept until it is sent or given up. */
export function useEditDraft(key: string, original: string): [string, (text: string) => void] {
	const [text, setText] = useState(() => findDraft(key) || original);
	const change = useCallback(
		(next: string) => {
			setText(next);
			saveDraft(key, next === original ? "" : next);
		},
		[key, original],
	);
	return [text, change];
}
