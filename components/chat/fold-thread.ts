import type { ThreadPage } from "@/server/client";
import { type ChatState, createLiveTurn, isLiveStatus, isPlaceAfter, type LiveTurn } from "./chat-state";
import { inheritKeys, toShown } from "./message-keys";

/** A snapshot never takes back what the events have already told. */
export function foldThread(state: ChatState, page: ThreadPage, atMs: number): ChatState {
	const { live } = state;
	if (live && live.turnId === null) return { ...state, title: page.thread.title };
	const own = live && page.messages.find(({ id }) => id === live.assistantMessageId);
	if (live && !own && !page.liveTurn && isAfter(state, page)) return { ...state, title: page.thread.title };
	const first = page.messages[0];
	const splitAt = first ? state.messages.findIndex(({ id }) => id === first.parentMessageId) + 1 : 0;
	const kept = splitAt > 0 ? state.messages.slice(0, splitAt) : [];
	const unsent = state.messages.filter(({ delivery }) => delivery !== "sent");
	return {
		...state,
		threadId: page.thread.id,
		title: page.thread.title,
		isLoaded: true,
		messages: [...kept, ...inheritKeys(page.messages.map(toShown), state.messages), ...unsent],
		olderCursor: splitAt > 0 ? state.olderCursor : page.nextCursor,
		live: foldLiveSnapshot(state, page, atMs),
	};
}

/** Whether our live answer was created after everything in the snapshot (which is then simply old). */
function isAfter(state: ChatState, page: ThreadPage): boolean {
	const lastId = page.messages.at(-1)?.id;
	return lastId === undefined || state.messages.some(({ id }) => id === lastId);
}

function foldLiveSnapshot(state: ChatState, page: ThreadPage, atMs: number): LiveTurn | null {
	const { liveTurn } = page;
	if (!liveTurn) return null;
	const known = state.messages.find(({ id }) => id === liveTurn.assistantMessageId);
	if (known?.turn && !isLiveStatus(known.turn.status)) return null;
	const { live } = state;
	const isOurs = live?.turnId === liveTurn.turnId;
	if (isOurs && live.eventId && !isPlaceAfter(liveTurn.lastEventId, live.eventId)) return live;
	return {
		...(isOurs
			? live
			: createLiveTurn({ assistantMessageId: liveTurn.assistantMessageId, startedAtMs: atMs })),
		turnId: liveTurn.turnId,
		text: liveTurn.text,
		reasoning: liveTurn.reasoning,
		eventId: liveTurn.lastEventId,
	};
}

export function foldOlder(state: ChatState, page: ThreadPage): ChatState {
	const seen = new Set(state.messages.map(({ id }) => id));
	const older = page.messages.filter(({ id }) => !seen.has(id)).map(toShown);
	return { ...state, messages: [...older, ...state.messages], olderCursor: page.nextCursor };
}
