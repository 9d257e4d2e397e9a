import { type KeyboardEvent, useRef } from "react";
import { isComposing } from "../../ui/is-composing";
import type { ChatStore } from "../state/chat-store";

interface ComposerKeys {
	readonly store: ChatStore;
	readonly text: string;
	change(text: string): void;
	send(): void;
	stop(): void;
}

/**
 * Enter sends, except on a phone's keyboard and while an input method composes; Esc stops the answer; ArrowUp in the
 * empty field brings back my last messages, ArrowDown returns.
 */
export function useComposerKeys(input: ComposerKeys) {
	const recalled = useRef<{ at: number; text: string } | null>(null);

	const recall = (event: KeyboardEvent<HTMLTextAreaElement>, step: 1 | -1) => {
		const said = input.store.get().messages.filter(({ role }) => role === "user");
		const isRecalling = recalled.current !== null && recalled.current.text === input.text;
		if (!isRecalling) recalled.current = null;
		if (input.text !== "" && !isRecalling) return;
		const { selectionStart, value } = event.currentTarget;
		// Inside a message of several lines the arrows move the caret, line by line.
		const rest = step < 0 ? value.slice(0, selectionStart) : value.slice(selectionStart);
		if (rest.includes("\n")) return;
		const at = (recalled.current?.at ?? said.length) + step;
		if (at < 0 || (recalled.current === null && step > 0)) return;
		event.preventDefault();
		const text = said[at]?.text ?? "";
		recalled.current = at >= said.length ? null : { at, text };
		input.change(text);
	};

	return (event: KeyboardEvent<HTMLTextAreaElement>) => {
		if (isComposing(event)) return;
		const hasModifier = event.metaKey || event.ctrlKey;
		if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
			const isPhone = window.matchMedia("(pointer: coarse)").matches;
			if (isPhone && !hasModifier) return;
			event.preventDefault();
			input.send();
		} else if (event.key === "Escape" && !event.shiftKey && input.store.get().live) {
			event.preventDefault();
			input.stop();
		} else if (event.key === "ArrowUp" && !event.altKey) recall(event, -1);
		else if (event.key === "ArrowDown" && !event.altKey) recall(event, 1);
	};
}
