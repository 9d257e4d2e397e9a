import { type Ref, type RefObject, useImperativeHandle, useLayoutEffect } from "react";
import { joinTexts, type SendRequest } from "../state/chat-state";

/** What others may do with the composer. */
export interface ComposerHandle {
	focus(): void;
	/**
	 * Puts a text above what stands in the field, as if it was typed: nothing is replaced, and Undo takes it out again. Images of
	 * the message stand above the field until they are sent or taken out.
	 */
	addMessage(message: Pick<SendRequest, "text" | "parts">): void;
	getModel(): string | null;
	openModels(): void;
}

interface Parts extends Omit<ComposerHandle, "focus" | "getModel"> {
	readonly field: RefObject<HTMLTextAreaElement | null>;
	readonly model: string | null;
}

export function useComposerHandle(ref: Ref<ComposerHandle>, { field, model, ...parts }: Parts): void {
	useImperativeHandle(ref, () => ({ ...parts, focus: () => field.current?.focus(), getModel: () => model }));
	useLayoutEffect(() => {
		// A phone would open its keyboard over what the person wants to read; a row of the list that has the focus keeps
		// it: it was given there after the chat before it was deleted.
		const isKept = document.activeElement?.matches("a[data-thread]") || location.hash !== "";
		if (!isKept && !window.matchMedia("(pointer: coarse)").matches)
			field.current?.focus({ preventScroll: true });
	}, [field]);
}

/** As if it was typed at the start of the field, so that the browser's own Undo knows it. False where that cannot be done. */
export function typeAbove(field: HTMLTextAreaElement | null, added: string): boolean {
	if (!field) return false;
	const rest = field.value;
	field.focus();
	field.setSelectionRange(0, 0);
	const isDone = document.execCommand(
		"insertText",
		false,
		joinTexts(added, rest).slice(0, -rest.length || undefined),
	);
	field.setSelectionRange(added.length, added.length);
	return isDone;
}
