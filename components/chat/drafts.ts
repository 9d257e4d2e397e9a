import { del, get, set } from "idb-keyval";

/** What a person has typed but the server does not have yet. */
export interface Draft {
	readonly text: string;
	/** The message that was on its way when the page went: sending the same text again repeats its id. */
	readonly sending: { readonly clientMessageId: string; readonly text: string } | null;
}

const writeDelayMs = 300;
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const latest = new Map<string, Draft>();

/** Drafts belong to one person: another one who signs in on this browser must not read them. */
export function toDraftKey(userId: string, threadId: string | null): string {
	return `parley-draft:${userId}:${threadId ?? "new"}`;
}

/** The draft kept under this key. Storage that is closed (private windows) counts as empty. */
export async function findDraft(key: string): Promise<Draft | null> {
	const unsaved = latest.get(key);
	if (unsaved) return unsaved;
	return (await get<Draft>(key).catch(() => undefined)) ?? null;
}

/** Keeps the draft, at the latest 300 ms from now. An empty one is removed. */
export function keepDraft(key: string, draft: Draft): void {
	latest.set(key, draft);
	clearTimeout(timers.get(key));
	timers.set(
		key,
		setTimeout(() => void writeDraft(key), writeDelayMs),
	);
}

/** Writes at once: before the page goes away, and when the server has accepted the message. */
export async function writeDraft(key: string): Promise<void> {
	clearTimeout(timers.get(key));
	timers.delete(key);
	const draft = latest.get(key);
	if (!draft) return;
	const isEmpty = draft.text === "" && draft.sending === null;
	await (isEmpty ? del(key) : set(key, draft)).catch(() => undefined);
	if (latest.get(key) === draft) latest.delete(key);
}

/**
 * The server has this message: its text is no draft any more. What was typed since stays, and moves from "new" to the
 * thread that the message began.
 */
export async function settleDraft(sent: {
	readonly userId: string;
	readonly threadId: string;
	readonly clientMessageId: string;
}): Promise<void> {
	const [threadKey, newKey] = [toDraftKey(sent.userId, sent.threadId), toDraftKey(sent.userId, null)];
	for (const key of [threadKey, newKey]) {
		const draft = await findDraft(key);
		if (draft?.sending?.clientMessageId !== sent.clientMessageId) continue;
		if (key === newKey) keepDraft(newKey, { text: "", sending: null });
		keepDraft(threadKey, { text: draft.text, sending: null });
		await Promise.all([writeDraft(newKey), writeDraft(threadKey)]);
	}
}

export async function writeAllDrafts(): Promise<void> {
	await Promise.all([...latest.keys()].map(writeDraft));
}

/** Per-thread choice of model; `null` is Auto. */
export async function findModelChoice(key: string): Promise<string | null> {
	return (await get<string>(`${key}:model`).catch(() => undefined)) ?? null;
}

export async function keepModelChoice(key: string, model: string | null): Promise<void> {
	await (model === null ? del(`${key}:model`) : set(`${key}:model`, model)).catch(() => undefined);
}
