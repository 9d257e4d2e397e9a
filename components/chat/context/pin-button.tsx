"use client";

import { PinIcon, PinOffIcon } from "lucide-react";
import { IconButton } from "../../ui/button";
import { contextWords } from "../../words/context";
import type { ShownMessage } from "../state/chat-state";
import { useSetPin } from "./use-pin";

/** Pins a message, and marks one that is pinned. */
export function PinButton({ message }: { readonly message: ShownMessage }) {
	const setPin = useSetPin();
	const isPinned = message.pinnedAt !== null;
	const Icon = isPinned ? PinOffIcon : PinIcon;
	return (
		<IconButton
			label={isPinned ? contextWords.unpin : contextWords.pin}
			onClick={() => void setPin(message.id, !isPinned)}
		>
			<Icon size={15} aria-hidden />
		</IconButton>
	);
}

/** Says of a message that it is pinned. */
export function PinMark() {
	return (
		<span className="inline-flex items-center gap-1 px-1.5 text-small text-muted" data-chrome>
			<PinIcon size={13} aria-hidden className="fill-current" />
			{contextWords.pinned}
		</span>
	);
}
