"use client";

import { useRef } from "react";
import { isComposing } from "../ui/is-composing";
import { messages } from "../words/chat";

interface RenameFieldProps {
	readonly title: string;
	onSave(title: string): void;
	onCancel(): void;
}

/** Characters of a title, as the server allows. */
const titleCharactersMax = 200;

/** The title as a text field in its own place: Enter or leaving it saves, Esc does not. */
export function RenameField({ title, onSave, onCancel }: RenameFieldProps) {
	const field = useRef<HTMLInputElement>(null);
	const isDone = useRef(false);
	const finish = (isSaved: boolean) => {
		if (isDone.current) return;
		isDone.current = true;
		const next = field.current?.value.trim() ?? "";
		if (isSaved && next !== "" && next !== title) onSave(next);
		else onCancel();
	};
	return (
		<input
			ref={field}
			// biome-ignore lint/a11y/noAutofocus: the person has just asked to type here.
			autoFocus
			aria-label={messages.newTitle}
			defaultValue={title}
			maxLength={titleCharactersMax}
			onFocus={(event) => event.currentTarget.select()}
			onBlur={() => finish(true)}
			onKeyDown={(event) => {
				if (isComposing(event)) return;
				if (event.key === "Enter") finish(true);
				if (event.key === "Escape") finish(false);
				event.stopPropagation();
			}}
			className="h-[34px] touch:h-11 w-full rounded-control border border-border-strong bg-raised px-2 touch:text-base"
		/>
	);
}
