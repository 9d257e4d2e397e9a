import { useCallback, useEffect, useState } from "react";
import { usePageSettings } from "../page-settings";
import type { ChatStore } from "./chat-store";
import { findModelChoice, keepModelChoice, toDraftKey } from "./drafts";
import { useModels } from "./use-models";
import { useChat } from "./use-store";

/** The model chosen for this thread; null is Auto. A model that is no longer offered counts as Auto. */
export function useModelChoice(store: ChatStore): [string | null, (model: string | null) => void] {
	const { viewer } = usePageSettings();
	const threadId = useChat(store, (state) => state.threadId);
	const [model, setModel] = useState<string | null>(null);
	const models = useModels()?.models;
	const key = toDraftKey(viewer.userId, threadId);
	useEffect(() => {
		const kept = findModelChoice(key);
		if (kept) setModel(kept);
	}, [key]);
	useEffect(() => {
		// A new chat's choice goes with it when it becomes a thread; the next new chat starts with Auto.
		if (threadId) keepModelChoice(toDraftKey(viewer.userId, threadId), model);
		if (threadId) keepModelChoice(toDraftKey(viewer.userId, null), null);
	}, [threadId, model, viewer.userId]);
	const choose = useCallback(
		(next: string | null) => {
			setModel(next);
			keepModelChoice(key, next);
		},
		[key],
	);
	const isOffered = model === null || !models || models.some(({ id }) => id === model);
	return [isOffered ? model : null, choose];
}
