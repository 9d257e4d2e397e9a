import { useEffect, useRef } from "react";

export type ShortcutName =
	| "newChat"
	| "search"
	| "focusComposer"
	| "stop"
	| "copyAnswer"
	| "copyCode"
	| "toggleSidebar"
	| "modelPicker"
	| "deleteChat"
	| "previousChat"
	| "nextChat"
	| "settings"
	| "shortcuts";

interface Shortcut {
	readonly name: ShortcutName;
	/** As `event.key` or `event.code` gives it. */
	readonly key: string;
	readonly modifiers: readonly ("mod" | "shift" | "alt")[];
}

/** The one registry: the listener, the sheet and the tooltips read it. `mod` is Cmd on a Mac, else Ctrl. */
export const shortcuts: readonly Shortcut[] = [
	{ name: "newChat", key: "KeyO", modifiers: ["mod", "shift"] },
	{ name: "search", key: "KeyK", modifiers: ["mod"] },
	{ name: "focusComposer", key: "Escape", modifiers: ["shift"] },
	{ name: "stop", key: "Escape", modifiers: [] },
	{ name: "copyAnswer", key: "KeyC", modifiers: ["mod", "shift"] },
	{ name: "copyCode", key: "Semicolon", modifiers: ["mod", "shift"] },
	{ name: "toggleSidebar", key: "KeyS", modifiers: ["mod", "shift"] },
	{ name: "modelPicker", key: "KeyM", modifiers: ["mod", "shift"] },
	{ name: "deleteChat", key: "Backspace", modifiers: ["mod", "shift"] },
	{ name: "previousChat", key: "ArrowUp", modifiers: ["alt"] },
	{ name: "nextChat", key: "ArrowDown", modifiers: ["alt"] },
	{ name: "settings", key: "Comma", modifiers: ["mod"] },
	{ name: "shortcuts", key: "Slash", modifiers: ["mod"] },
];

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
			if (event.defaultPrevented || event.isComposing) return;
			const name = findShortcut(event);
			const handler = name && handlers.get(name);
			if (!handler) return;
			event.preventDefault();
			handler();
		};
		window.addEventListener("keydown", listen);
		return () => window.removeEventListener("keydown", listen);
	}, []);
}

function findShortcut(event: KeyboardEvent): ShortcutName | null {
	const isTyping =
		event.target instanceof HTMLElement && event.target.matches("input, textarea, select, [contenteditable]");
	if (event.key === "?" && !isTyping) return "shortcuts";
	const match = shortcuts.find(
		({ name, key, modifiers }) =>
			name !== "stop" &&
			(event.code === key || event.key === key) &&
			(event.metaKey || event.ctrlKey) === modifiers.includes("mod") &&
			event.shiftKey === modifiers.includes("shift") &&
			event.altKey === modifiers.includes("alt"),
	);
	return match?.name ?? null;
}

const keyNames: Record<string, string> = {
	Escape: "Esc",
	Semicolon: ";",
	Comma: ",",
	Slash: "/",
	Backspace: "⌫",
	ArrowUp: "↑",
	ArrowDown: "↓",
};

/** How the keys are written: `⇧⌘O` on a Mac, `Ctrl+Shift+O` elsewhere. */
export function toKeys({ key, modifiers }: Shortcut, isMac: boolean): string {
	const name = keyNames[key] ?? key.replace(/^Key/, "");
	const has = (modifier: Shortcut["modifiers"][number]) => modifiers.includes(modifier);
	if (isMac) return `${has("alt") ? "⌥" : ""}${has("shift") ? "⇧" : ""}${has("mod") ? "⌘" : ""}${name}`;
	return [has("mod") && "Ctrl", has("alt") && "Alt", has("shift") && "Shift", name].filter(Boolean).join("+");
}

export function isMac(): boolean {
	return typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.userAgent);
}
