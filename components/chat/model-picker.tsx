"use client";

import { ChevronDownIcon } from "lucide-react";
import { messages } from "../messages";
import { Menu, MenuChoices } from "../ui/menu";
import { useModelName, useModels } from "./use-models";

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
