"use client";

import { useQueryClient } from "@tanstack/react-query";
import { ChevronDownIcon } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import type { ModelListItem } from "@/server/client";
import { autoModels, isAutoModel } from "@/server/contract/kinds";
import { usePageSettings } from "../../shell/page-settings";
import { Menu, MenuChoices } from "../../ui/menu";
import { toTimeWords } from "../../usage/instants";
import { messages } from "../../words/chat";
import { type ChatStore, useChat } from "../state/chat-store";
import { toPrice } from "../state/model-offers";
import { modelsQuery, useModelName, useModels } from "../state/queries";
import { findModelChoice, saveModelChoice, toDraftKey } from "./drafts";

interface ModelPickerProps {
	readonly model: string | null;
	readonly isOpen: boolean;
	onChoose(model: string | null): void;
	onOpenChange(isOpen: boolean): void;
	onCloseFocus(): void;
}

const [auto, ...narrow] = autoModels;

/** Which model answers next: Auto first, then the others by name. */
export function ModelPicker({ model, onChoose, ...menu }: ModelPickerProps) {
	const data = useModels();
	const toName = useModelName();
	const client = useQueryClient();
	const choices = (data?.models ?? []).map((one) => ({
		value: one.id,
		label: one.name,
		hint: toHint(one),
		mark: one.unavailable ? toMark(one.unavailable) : undefined,
	}));
	const preferred = data?.models.find(({ id }) => id === data.defaultModelId);
	const first = {
		value: auto,
		label: messages.modelAuto,
		// While it is down another one answers, and which one is known only then.
		hint: data?.isRouted
			? messages.modelAutoRouted
			: messages.modelAutoHint(preferred && !preferred.unavailable ? preferred.name : null),
	};
	const hasTiers = new Set(data?.models.map(({ tier }) => tier)).size > 1;
	const narrowed = narrow.map((value) => ({ value, ...messages.autoModels[value] }));
	const name = toChoiceName(model, toName);
	const openOrClose = (isOpen: boolean) => {
		if (isOpen) void client.invalidateQueries({ queryKey: modelsQuery().queryKey });
		menu.onOpenChange(isOpen);
	};
	return (
		<Menu
			side="top"
			{...menu}
			onOpenChange={openOrClose}
			trigger={
				<button
					type="button"
					aria-label={`${messages.model}: ${name}`}
					className="-ml-2 flex h-8 touch:h-11 max-w-[60%] low:-order-1 low:max-w-28 items-center gap-2 rounded-control px-2 text-muted transition-colors duration-100 hover:bg-hover hover:text-text"
				>
					<span className="truncate">{name}</span>
					<ChevronDownIcon size={15} aria-hidden className="shrink-0" />
				</button>
			}
		>
			<MenuChoices
				value={model ?? auto}
				onChoose={(value) => onChoose(value === auto ? null : value)}
				choices={[first, ...(hasTiers ? narrowed : []), ...choices]}
			/>
		</Menu>
	);
}

function toChoiceName(model: string | null, toName: (id: string) => string): string {
	if (model === null || model === auto) return messages.modelAuto;
	return isAutoModel(model) ? messages.autoModels[model].label : toName(model);
}

/** How good, how expensive and how much it reads: `Fast · $ · 128K`. */
function toHint(model: ModelListItem): string {
	if (model.isTest) return messages.testModel;
	const size = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
	const price = toPrice(model);
	return [
		messages.tiers[model.tier],
		price === null ? null : toPriceSign(price),
		size.format(model.contextWindow),
	]
		.filter((part) => part !== null)
		.join(" · ");
}

/** From which price on, in US dollars per million tokens, a model has one more sign. */
const signs = [
	[0, messages.free],
	[0.000_001, "$"],
	[3, "$$"],
	[20, "$$$"],
] as const;

function toPriceSign(usdPerMTok: number): string {
	return signs.findLast(([from]) => usdPerMTok >= from)?.[1] ?? "$";
}

function toMark({ reason, until }: NonNullable<ModelListItem["unavailable"]>): string {
	return messages.unavailable[reason](until === null ? null : toTimeWords(until));
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
	const isOffered = model === null || !models || isAutoModel(model) || models.some(({ id }) => id === model);
	return [isOffered ? model : null, choose];
}
