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

export const shortcutGroups = ["chats", "message", "page"] as const;

export interface Shortcut {
	readonly name: ShortcutName;
	readonly group: (typeof shortcutGroups)[number];
	/** What the key types without Shift, or its name, as `event.key` gives it. */
	readonly key: string;
	/** What it types with Shift on an American keyboard, where that is another sign. */
	readonly withShift?: string;
	readonly modifiers: readonly ("mod" | "shift" | "alt")[];
}

/** The one registry: the listener, the sheet and the tooltips read it. `mod` is Cmd on a Mac, else Ctrl. */
export const shortcuts: readonly Shortcut[] = [
	{ name: "newChat", group: "chats", key: "o", modifiers: ["mod", "shift"] },
	{ name: "search", group: "chats", key: "k", modifiers: ["mod"] },
	{ name: "focusComposer", group: "message", key: "Escape", modifiers: ["shift"] },
	{ name: "stop", group: "message", key: "Escape", modifiers: [] },
	{ name: "copyAnswer", group: "message", key: "c", modifiers: ["mod", "shift"] },
	{ name: "copyCode", group: "message", key: ";", withShift: ":", modifiers: ["mod", "shift"] },
	{ name: "toggleSidebar", group: "page", key: "s", modifiers: ["mod", "shift"] },
	{ name: "modelPicker", group: "message", key: "m", modifiers: ["mod", "shift"] },
	{ name: "deleteChat", group: "chats", key: "Backspace", modifiers: ["mod", "shift"] },
	{ name: "previousChat", group: "chats", key: "ArrowUp", modifiers: ["alt"] },
	{ name: "nextChat", group: "chats", key: "ArrowDown", modifiers: ["alt"] },
	{ name: "settings", group: "page", key: ",", modifiers: ["mod"] },
	{ name: "shortcuts", group: "page", key: "/", modifiers: ["mod"] },
];

const keyNames: Record<string, string> = {
	Escape: "Esc",
	Backspace: "Backspace",
	ArrowUp: "↑",
	ArrowDown: "↓",
};

/** How the keys are written: `⇧⌘O` on a Mac, `Ctrl+Shift+O` elsewhere. */
export function toKeys({ key, modifiers }: Shortcut, isMac: boolean): string {
	const name = keyNames[key] ?? key.toUpperCase();
	const has = (modifier: Shortcut["modifiers"][number]) => modifiers.includes(modifier);
	if (isMac) return `${has("alt") ? "⌥" : ""}${has("shift") ? "⇧" : ""}${has("mod") ? "⌘" : ""}${name}`;
	return [has("mod") && "Ctrl", has("alt") && "Alt", has("shift") && "Shift", name].filter(Boolean).join("+");
}

export function isMac(): boolean {
	return typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.userAgent);
}

interface Key {
	/** What the key types, or its name. */
	readonly key: string;
	/** Where the key is, named after what is there on an American keyboard. */
	readonly code: string;
	readonly ctrlKey: boolean;
	readonly metaKey: boolean;
	readonly shiftKey: boolean;
	readonly altKey: boolean;
}

/**
 * The shortcut that a key means: by what it types, on whatever layout, so that Ctrl and the key that types "z" stays Undo.
 * Only where a key types no Latin letter (Cyrillic, Greek, Hebrew...) its place counts.
 *
 * @param isTyping the key goes into a text field. @param onMac Cmd instead of Ctrl.
 */
export function findShortcut(
	event: Key,
	{ isTyping, onMac }: { readonly isTyping: boolean; readonly onMac: boolean },
): ShortcutName | null {
	const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
	if (event.key === "?" && !hasModifier) return isTyping ? null : "shortcuts";
	const hasMod = onMac ? event.metaKey : event.ctrlKey;
	const hasOther = onMac ? event.ctrlKey : event.metaKey;
	if (hasOther) return null;
	const typed = toTyped(event);
	const match = shortcuts.find(
		({ name, key, modifiers, withShift }) =>
			// It belongs to the message field.
			name !== "stop" &&
			hasMod === modifiers.includes("mod") &&
			event.altKey === modifiers.includes("alt") &&
			isKey(typed, event.shiftKey, { key, withShift, wantsShift: modifiers.includes("shift") }),
	);
	return match?.name ?? null;
}

function isKey(
	typed: string,
	hasShift: boolean,
	wanted: Pick<Shortcut, "key" | "withShift"> & { readonly wantsShift: boolean },
): boolean {
	// Which signs need Shift is a matter of the layout: "/" does on a German keyboard, ";" does not on a French one.
	const isSign = !/^\p{L}/u.test(wanted.key);
	if (typed === wanted.key) return isSign || hasShift === wanted.wantsShift;
	return hasShift && typed === wanted.withShift;
}

const codeSigns: Record<string, string> = { Comma: ",", Semicolon: ";", Slash: "/" };

/** Letters in lower case, because of Shift and Caps Lock. */
function toTyped({ key, code }: Key): string {
	const isLatin = !/^[\p{L}\p{M}]/u.test(key) || /^\p{Script=Latin}/u.test(key);
	if (isLatin && key !== "Unidentified") return key.length === 1 ? key.toLowerCase() : key;
	return codeSigns[code] ?? code.replace(/^Key/, "").toLowerCase();
}
