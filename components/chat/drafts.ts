import { keep, readKept } from "./kept";

const writeDelayMs = 300;
/** What was typed since the last write, by key. */
const unsaved = new Map<string, string>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Drafts belong to one person: another one who signs in on this browser must not read them. */
export function toDraftKey(userId: string, threadId: string | null): string {
	return `parley-draft:${userId}:${threadId ?? "new"}`;
}

/** The text kept under this key, or none. */
export function findDraft(key: string): string {
	return unsaved.get(key) ?? readKept(key) ?? "";
}

/** Keeps the text, at the latest 300 ms from now. An empty one is removed at once: what was sent must not come back. */
export function keepDraft(key: string, text: string): void {
	unsaved.set(key, text);
	clearTimeout(timer);
	if (text === "") writeDrafts();
	else timer = setTimeout(writeDrafts, writeDelayMs);
}

/** Writes now: before the page or the person goes away. */
export function writeDrafts(): void {
	clearTimeout(timer);
	for (const [key, text] of unsaved) keep(key, text === "" ? null : text);
	unsaved.clear();
}

/** Per-thread choice of model; `null` is Auto. */
export function findModelChoice(draftKey: string): string | null {
	return readKept(`${draftKey}:model`);
}

export function keepModelChoice(draftKey: string, model: string | null): void {
	keep(`${draftKey}:model`, model);
}
