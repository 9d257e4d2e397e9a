import { useEffect, useRef } from "react";
import { isComposing } from "../ui/is-composing";
import { findShortcut, isMac, type ShortcutName } from "./shortcut-keys";

const handlers = new Map<ShortcutName, () => void>();

/** Runs `handler` on the shortcut while the component is mounted. The last one mounted wins. */
export function useShortcut(name: ShortcutName, handler: () => void): void {
	const latest = useRef(handler);
	latest.current = handler;
	useEffect(() => {
		const run = () => latest.current();
		handlers.set(name, run);
		return () => {
			if (handlers.get(name) === run) handlers.delete(name);
		};
	}, [name]);
}

/** Listens for all shortcuts. `stop` belongs to the message field and is not taken here. */
export function useShortcutListener(): void {
	useEffect(() => {
		const listen = (event: KeyboardEvent) => {
			if (event.defaultPrevented || isComposing(event)) return;
			const isTyping =
				event.target instanceof HTMLElement &&
				event.target.matches("input, textarea, select, [contenteditable]");
			const name = findShortcut(event, { isTyping, onMac: isMac() });
			const handler = name && handlers.get(name);
			if (!handler) return;
			event.preventDefault();
			handler();
		};
		window.addEventListener("keydown", listen);
		return () => window.removeEventListener("keydown", listen);
	}, []);
}
