import type { SentPart } from "@/server/client";
import { readStored, readTabStored, writeStored, writeTabStored } from "../../connection/local-storage";
import { claim } from "../../connection/tab-claims";

const writeDelayMs = 300;
/** What was typed since the last write, by key. */
const unsaved = new Map<string, string>();
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Drafts belong to one person: another one who signs in on this browser must not read them. `place` is a thread, `new` for a
 * new chat, or an edit.
 */
export function toDraftKey(userId: string, place: string | null): string {
	return `parley-draft:${userId}:${place ?? "new"}`;
}

/** Where a message is being changed: kept beside its chat's own draft. */
export function toEditKey(userId: string, messageId: string): string {
	return toDraftKey(userId, `edit-${messageId}`);
}

/** The text kept under this key, or none. */
export function findDraft(key: string): string {
	return unsaved.get(key) ?? readStored(key) ?? "";
}

/** Keeps the text, at the latest 300 ms from now. An empty one is removed at once: what was sent must not come back. */
export function saveDraft(key: string, text: string): void {
	unsaved.set(key, text);
	clearTimeout(timer);
	if (text === "") writeDrafts();
	else timer = setTimeout(writeDrafts, writeDelayMs);
}

/** What is being written: words, and the images of a message that came back to be changed. */
export interface Draft {
	readonly text: string;
	readonly images: readonly SentPart[];
}

export const emptyDraft: Draft = { text: "", images: [] };

const toImagesKey = (key: string) => `${key}:images`;

export function findWholeDraft(key: string): Draft {
	const images = findDraft(toImagesKey(key));
	return { text: findDraft(key), images: images === "" ? [] : JSON.parse(images) };
}

export function saveWholeDraft(key: string, { text, images }: Draft): void {
	saveDraft(key, text);
	if (images.length > 0) saveDraft(toImagesKey(key), JSON.stringify(images));
	else if (findDraft(toImagesKey(key)) !== "") saveDraft(toImagesKey(key), "");
}

/** Writes now: before the page or the person goes away. */
export function writeDrafts(): void {
	clearTimeout(timer);
	for (const [key, text] of unsaved) writeStored(key, text === "" ? null : text);
	unsaved.clear();
}

/** Keys for one place: the first, and one for each further tab that writes there at the same time. */
const tabsMax = 20;

/** The key under which this tab wrote last in a place, also before a reload. */
export function findLastKey(place: string): string {
	return readTabStored(place) ?? place;
}

/**
 * The key under which this tab alone writes in a place until it releases it, so that no tab overwrites what another one keeps.
 * What a closed tab left is taken first, unless `isWriting`: then only a key under which nothing is kept.
 */
export async function takeOwnKey(place: string, isWriting: boolean): Promise<string> {
	const further = Array.from({ length: tabsMax - 1 }, (_, index) => `${place}:${index + 2}`);
	const names = [...new Set([findLastKey(place), place, ...further])];
	const left = isWriting ? [] : names.filter((name) => findDraft(name) !== "");
	const empty = names.filter((name) => findDraft(name) === "");
	for (const name of [...left, ...empty])
		if (await claim(name)) {
			writeTabStored(place, name);
			return name;
		}
	return place;
}

/** Per-thread choice of model; `null` is Auto. */
export function findModelChoice(draftKey: string): string | null {
	return readStored(`${draftKey}:model`);
}

export function saveModelChoice(draftKey: string, model: string | null): void {
	writeStored(`${draftKey}:model`, model);
}
