import { toOwnName } from "./page-viewer";

/** How long a tab without locks waits for another one's objection. */
const objectionMs = 500;

/** What this tab takes care of, by name, with the function that gives it back. */
const held = new Map<string, () => void>();
/** Locks that were given back and that the browser has not freed yet. */
const ending = new Map<string, Promise<unknown>>();

/**
 * Makes this tab the only one of its person's that takes care of something: a draft, a message that is being sent. Resolves
 * with whether it is. The browser gives the claim back when the tab goes away.
 */
export async function claim(name: string): Promise<boolean> {
	if (ending.has(name)) await ending.get(name);
	if (held.has(name)) return false;
	// Without locks (plain http on another host) the tabs ask each other.
	return navigator.locks ? claimByLock(name) : claimByAsking(name);
}

export function isHeldHere(name: string): boolean {
	return held.has(name);
}

export function release(name: string): void {
	held.get(name)?.();
	held.delete(name);
}

function claimByLock(name: string): Promise<boolean> {
	const { promise: released, resolve: giveBack } = Promise.withResolvers<void>();
	const { promise, resolve } = Promise.withResolvers<boolean>();
	held.set(name, () => {
		giveBack();
		ending.set(name, request);
		void request.then(() => ending.delete(name));
	});
	const request = navigator.locks.request(toOwnName(name), { ifAvailable: true }, (lock) => {
		if (!lock) held.delete(name);
		resolve(lock !== null);
		return lock ? released : undefined;
	});
	return promise;
}

interface Question {
	readonly name: string;
	/** Which tab asks; of two that ask at the same moment the smaller one gets it. */
	readonly asker: string;
	readonly isObjection: boolean;
}

let talk: { readonly me: string; readonly channel: BroadcastChannel } | null = null;
const objections = new Map<string, () => void>();

function openTalk() {
	if (talk) return talk;
	const me = crypto.getRandomValues(new Uint32Array(2)).join("-");
	const channel = new BroadcastChannel(toOwnName("parley-claims"));
	channel.onmessage = ({ data: { name, asker, isObjection } }: MessageEvent<Question>) => {
		const yieldName = objections.get(name);
		if (isObjection) {
			if (asker === me) yieldName?.();
		} else if (yieldName && asker < me) yieldName();
		else if (held.has(name)) channel.postMessage({ name, asker, isObjection: true } satisfies Question);
	};
	talk = { me, channel };
	return talk;
}

function claimByAsking(name: string): Promise<boolean> {
	const { me, channel } = openTalk();
	held.set(name, () => {});
	const { promise, resolve } = Promise.withResolvers<boolean>();
	const end = (isMine: boolean) => {
		clearTimeout(timer);
		objections.delete(name);
		if (!isMine) held.delete(name);
		resolve(isMine);
	};
	const timer = setTimeout(() => end(true), objectionMs);
	objections.set(name, () => end(false));
	channel.postMessage({ name, asker: me, isObjection: false } satisfies Question);
	return promise;
}
