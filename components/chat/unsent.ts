import type { SendRequest } from "./chat-state";
import { keep, listKept } from "./kept";

/** A message that a person has sent and the server has not confirmed: kept over a reload, under the same id. */
export interface Unsent {
	readonly request: SendRequest;
	/** null: it begins a new chat. */
	readonly threadId: string | null;
	/** The message that it was shown below; null at the top. */
	readonly shownBelowId: string | null;
	readonly sentAtMs: number;
}

/** Messages that this tab takes care of. A lock each, so that other tabs see it and the browser ends it with the tab. */
const claims = new Map<string, () => void>();

const toPrefix = (userId: string) => `parley-unsent:${userId}:`;

/** Keeps the message until `dropUnsent`; from now on this tab alone takes care of it. */
export function keepUnsent(userId: string, unsent: Unsent): void {
	const { clientMessageId } = unsent.request;
	keep(toPrefix(userId) + clientMessageId, JSON.stringify(unsent));
	void claim(clientMessageId);
}

/** The server has it, or the person took it back. */
export function dropUnsent(userId: string, clientMessageId: string): void {
	keep(toPrefix(userId) + clientMessageId, null);
	releaseUnsent(clientMessageId);
}

/** No more tries are made here: it stays kept, for whoever looks at this chat next. */
export function releaseUnsent(clientMessageId: string): void {
	claims.get(clientMessageId)?.();
	claims.delete(clientMessageId);
}

/** The kept messages of a chat that no tab takes care of, oldest first. This tab does from now on. */
export async function claimUnsent(userId: string, threadId: string | null): Promise<Unsent[]> {
	const kept = listKept(toPrefix(userId)).map((json): Unsent => JSON.parse(json));
	const mine: Unsent[] = [];
	for (const unsent of kept.toSorted((a, b) => a.sentAtMs - b.sentAtMs))
		if (unsent.threadId === threadId && (await claim(unsent.request.clientMessageId))) mine.push(unsent);
	return mine;
}

/** Resolves with whether this tab got it. Without locks (plain http on another host) every tab does. */
function claim(clientMessageId: string): Promise<boolean> {
	if (claims.has(clientMessageId)) return Promise.resolve(false);
	const { promise: released, resolve: release } = Promise.withResolvers<void>();
	claims.set(clientMessageId, release);
	if (!navigator.locks) return Promise.resolve(true);
	const { promise, resolve } = Promise.withResolvers<boolean>();
	void navigator.locks.request(`parley-unsent-${clientMessageId}`, { ifAvailable: true }, (lock) => {
		if (!lock) claims.delete(clientMessageId);
		resolve(lock !== null);
		return lock ? released : undefined;
	});
	return promise;
}
