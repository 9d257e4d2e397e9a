"use client";

import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import { messages } from "../messages";
import { Button } from "../ui/button";
import { useAutoGrow } from "./use-auto-grow";

interface EditMessageProps {
	readonly text: string;
	onSend(text: string): void;
	onCancel(): void;
}

/** Changes a message in its own place. Sending makes a new version; the old one stays. */
export function EditMessage({ text, onSend, onCancel }: EditMessageProps) {
	const [value, setValue] = useState(text);
	const field = useRef<HTMLTextAreaElement>(null);
	useAutoGrow(field, value);
	useLayoutEffect(() => {
		const { current } = field;
		current?.focus({ preventScroll: true });
		current?.setSelectionRange(current.value.length, current.value.length);
	}, []);
	const canSend = value.trim() !== "";
	const press = (event: KeyboardEvent) => {
		if (event.nativeEvent.isComposing) return;
		if (event.key === "Escape") {
			event.preventDefault();
			onCancel();
		}
		if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && canSend) onSend(value);
	};
	return (
		<div className="rounded-bubble bg-user p-3">
			<textarea
				ref={field}
				aria-label={messages.editMessage}
				value={value}
				rows={1}
				onChange={(event) => setValue(event.target.value)}
				onKeyDown={press}
				className="max-h-[50vh] w-full resize-none bg-transparent px-1 text-chat outline-none"
			/>
			<div className="mt-2 flex justify-end gap-2">
				<Button onClick={onCancel}>{messages.cancel}</Button>
				<Button kind="ink" disabled={!canSend} onClick={() => onSend(value)}>
					{messages.saveAndSend}
				</Button>
			</div>
		</div>
	);
}
