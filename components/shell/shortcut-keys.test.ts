import { describe, expect, it } from "vitest";
import { findShortcut } from "./shortcut-keys";

type Modifier = "ctrl" | "meta" | "shift" | "alt";

/** A key of a layout: what it types with these modifiers, and where it is. */
function press(key: string, code: string, ...held: Modifier[]) {
	const has = (modifier: Modifier) => held.includes(modifier);
	const modifiers = {
		ctrlKey: has("ctrl"),
		metaKey: has("meta"),
		shiftKey: has("shift"),
		altKey: has("alt"),
	};
	return (where = { isTyping: true, onMac: false }) => findShortcut({ key, code, ...modifiers }, where);
}

describe("a shortcut is what a key types", () => {
	it.each([
		["American", press("O", "KeyO", "ctrl", "shift"), "newChat"],
		["American, Caps Lock", press("o", "KeyO", "ctrl", "shift"), "newChat"],
		["American", press("k", "KeyK", "ctrl"), "search"],
		["American", press(":", "Semicolon", "ctrl", "shift"), "copyCode"],
		["American", press(",", "Comma", "ctrl"), "settings"],
		["American", press("/", "Slash", "ctrl"), "shortcuts"],
		["German", press("/", "Digit7", "ctrl", "shift"), "shortcuts"],
		["German", press(";", "Comma", "ctrl", "shift"), "copyCode"],
		["French", press("/", "Period", "ctrl", "shift"), "shortcuts"],
		["French", press(",", "KeyM", "ctrl"), "settings"],
		["French", press(";", "Comma", "ctrl"), "copyCode"],
		["French", press("M", "Semicolon", "ctrl", "shift"), "modelPicker"],
		["Dvorak", press("O", "KeyS", "ctrl", "shift"), "newChat"],
		["Dvorak", press("k", "KeyV", "ctrl"), "search"],
		["Cyrillic", press("Щ", "KeyO", "ctrl", "shift"), "newChat"],
		["Cyrillic", press("л", "KeyK", "ctrl"), "search"],
		["Cyrillic", press("б", "Comma", "ctrl"), "settings"],
		["Cyrillic", press("Ж", "Semicolon", "ctrl", "shift"), "copyCode"],
		["Greek", press("κ", "KeyK", "ctrl"), "search"],
		["Arabic", press("ن", "KeyK", "ctrl"), "search"],
		["any", press("ArrowUp", "ArrowUp", "alt"), "previousChat"],
		["any", press("Escape", "Escape", "shift"), "focusComposer"],
	])("%s: %#", (_, pressed, name) => expect(pressed()).toBe(name));

	it.each([
		["Dvorak, Undo", press("z", "Slash", "ctrl")],
		["Dvorak, hard reload", press("R", "KeyO", "ctrl", "shift")],
		["Dvorak, new tab", press("t", "KeyK", "ctrl")],
		["Dvorak, close tab", press("w", "Comma", "ctrl")],
		["German, smaller", press("-", "Slash", "ctrl")],
		["German, Redo", press("Z", "KeyY", "ctrl", "shift")],
		["French, find", press("f", "KeyF", "ctrl")],
		["French, save as on the key right of L", press("m", "Semicolon", "ctrl")],
		["American, zoom", press("+", "Equal", "ctrl", "shift")],
		["American, a Redo", press("Z", "KeyZ", "ctrl", "shift")],
		["Cyrillic, Undo", press("я", "KeyZ", "ctrl")],
		["Cyrillic, find", press("а", "KeyF", "ctrl")],
		["Polish, a letter with AltGr", press("ó", "KeyO", "ctrl", "alt")],
		["any, a plain letter", press("k", "KeyK")],
		["any, an accent", press("Dead", "BracketLeft", "ctrl")],
		["any, a question in a field", press("?", "Slash", "shift")],
	])("keys of the browser and of typing are left alone: %s", (_, pressed) => expect(pressed()).toBe(null));

	it("is Cmd on a Mac, where Ctrl with a letter moves the caret, and Ctrl elsewhere", () => {
		const onMac = { isTyping: true, onMac: true };
		expect(press("k", "KeyK", "meta")(onMac)).toBe("search");
		expect(press("k", "KeyK", "ctrl")(onMac)).toBe(null);
		expect(press("k", "KeyK", "meta")()).toBe(null);
	});

	it("opens the sheet with a question mark outside of fields", () => {
		expect(press("?", "Slash", "shift")({ isTyping: false, onMac: false })).toBe("shortcuts");
	});
});
