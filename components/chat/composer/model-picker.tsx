"use client";

import { ChevronDownIcon } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { usePageSettings } from "../../shell/page-settings";
import { Menu, MenuChoices } from "../../ui/menu";
import { messages } from "../../words/chat";
import type { ChatStore } from "../state/chat-store";
import { useChat } from "../state/chat-store";
import { useModelName, useModels } from "../state/queries";
import { findModelChoice, saveModelChoice, toDraftKey } from "./drafts";

interface ModelPickerProps {
	readonly model: string | null;
	readonly isOpen: boolean;
	onChoose(model: string | null): void;
	onOpenChange(isOpen: boolean): void;
	onCloseFocus(): void;
}

const auto = "auto";

/** Which model answers next: Auto first, then the others by name. */
export function ModelPicker({ model, onChoose, ...menu }: ModelPickerProps) {
	const data = useModels();
	const toName = useModelName();
	const choices = (data?.models ?? []).map(({ id, name, tier, isTest }) => ({
		value: id,
		label: name,
		hint: isTest ? messages.testModel : messages.tiers[tier],
	}));
	const first = {
		value: auto,
		label: messages.modelAuto,
		hint: data ? messages.modelAutoHint(toName(data.defaultModelId)) : undefined,
	};
	return (
		<Menu
			side="top"
			{...menu}
			trigger={
				<button
					type="button"
					aria-label={`${messages.model}: ${model ? toName(model) : messages.modelAuto}`}
					className="-ml-2 flex h-8 touch:h-11 max-w-[60%] items-center gap-2 rounded-control px-2 text-muted transition-colors duration-100 hover:bg-hover hover:text-text"
				>
					<span className="truncate">{model ? toName(model) : messages.modelAuto}</span>
					<ChevronDownIcon size={15} aria-hidden className="shrink-0" />
				</button>
			}
		>
			<MenuChoices
				value={model ?? auto}
				onChoose={(value) => onChoose(value === auto ? null : value)}
				choices={[first, ...choices]}
			/>
		</Menu>
	);
}

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
		if (threadId) saveModelChoice(toDraftKey(viewer.userId, threadId), model);
		if (threadId) saveModelChoice(toDraftKey(viewer.userId, null), null);
	}, [threadId, model, viewer.userId]);
	const choose = useCallback(
		(next: string | null) => {
			setModel(next);
			saveModelChoice(key, next);
		},
		[key],
	);
	const isOffered = model === null || !models || models.some(({ id }) => id === model);
	return [isOffered ? model : null, choose];
}
