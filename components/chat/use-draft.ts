import { useCallback, useEffect, useRef, useState } from "react";
import { v7 } from "uuid";
import { usePageSettings } from "../page-settings";
import type { ChatStore } from "./chat-store";
import { type Draft, findDraft, keepDraft, toDraftKey, writeAllDrafts, writeDraft } from "./drafts";

/** The text being written in this thread, kept across reloads until the server has it. */
export function useDraft(store: ChatStore) {
	const { viewer } = usePageSettings();
	const [text, setText] = useState("");
	const isTouched = useRef(false);
	const sending = useRef<Draft["sending"]>(null);
	const toKey = useCallback(() => toDraftKey(viewer.userId, store.get().threadId), [viewer.userId, store]);

	const change = useCallback(
		(next: string) => {
			isTouched.current = true;
			setText(next);
			keepDraft(toKey(), { text: next, sending: null });
		},
		[toKey],
	);
	useEffect(() => {
		let isCurrent = true;
		void findDraft(toKey()).then((draft) => {
			if (!draft || !isCurrent || isTouched.current) return;
			// A message that is still shown as on its way, or not sent, needs no second copy in the field.
			const isShown = store.get().messages.some(({ id }) => id === draft.sending?.clientMessageId);
			sending.current = isShown ? null : draft.sending;
			setText(draft.text || (isShown ? "" : (draft.sending?.text ?? "")));
		});
		return () => {
			isCurrent = false;
		};
	}, [store, toKey]);
	useEffect(() => {
		const write = () => void writeAllDrafts();
		window.addEventListener("pagehide", write);
		return () => {
			window.removeEventListener("pagehide", write);
			write();
		};
	}, []);

	/** Empties the field for sending; the draft stays until the server has the message. Returns the message's id. */
	const take = useCallback((): string => {
		const clientMessageId = sending.current?.text === text ? sending.current.clientMessageId : v7();
		sending.current = null;
		isTouched.current = true;
		setText("");
		keepDraft(toKey(), { text: "", sending: { clientMessageId, text } });
		void writeDraft(toKey());
		return clientMessageId;
	}, [text, toKey]);

	return { text, change, take };
}
