import type { Message, ThreadPage } from "@/server/client";
import { joinModelSpans } from "@/server/contract/fold";
import { isPassing } from "../../connection/call-until-answered";
import {
	type ChatState,
	createLiveTurn,
	isLiveStatus,
	isPlaceAfter,
	type LiveTurn,
	type ShownMessage,
	toPositionKey,
	toShown,
} from "./chat-state";

/** A snapshot never takes back what the events have already told. */
export function foldThread(state: ChatState, page: ThreadPage, atMs: number): ChatState {
	const { live } = state;
	if (live && live.turnId === null) return { ...state, title: page.thread.title };
	if (live && isBefore(page, live, state)) return { ...state, title: page.thread.title };
	const first = page.messages[0];
	const splitAt = first ? state.messages.findIndex(({ id }) => id === first.parentMessageId) + 1 : 0;
	const kept = splitAt > 0 ? state.messages.slice(0, splitAt) : [];
	const unsent = state.messages.filter(
		(message) => message.delivery !== "sent" && !isHeld(message, page.messages),
	);
	return {
		...state,
		threadId: page.thread.id,
		title: page.thread.title,
		isLoaded: true,
		messages: [...kept, ...inheritKeys(page.messages.map(toShown), state.messages), ...unsent],
		olderCursor: splitAt > 0 ? state.olderCursor : page.nextCursor,
		live: foldLiveSnapshot(state, page, atMs),
		// A reply is the end of every failure to reach the server.
		notice: state.notice && isPassing(state.notice.code) ? null : state.notice,
	};
}

/** Whether the snapshot was taken before our live turn began. */
function isBefore(page: ThreadPage, live: LiveTurn, state: ChatState): boolean {
	if (page.liveTurn) return false;
	const own = page.messages.find(({ id }) => id === live.assistantMessageId);
	// The same answer under an earlier turn, which this one continues: ids of turns grow with time.
	if (own) return own.turn !== null && live.turnId !== null && own.turn.turnId < live.turnId;
	const lastId = page.messages.at(-1)?.id;
	return lastId === undefined || state.messages.some(({ id }) => id === lastId);
}

/** Whether the server has this message after all, though its reply never came. */
export function isHeld(
	unsent: Pick<ShownMessage, "draft" | "parentMessageId" | "text">,
	held: readonly Message[],
): boolean {
	return held.some(
		({ id, role, parentMessageId, text }) =>
			role === "user" &&
			parentMessageId === unsent.parentMessageId &&
			text === unsent.text &&
			!unsent.draft?.siblingIds?.includes(id),
	);
}

function foldLiveSnapshot(state: ChatState, page: ThreadPage, atMs: number): LiveTurn | null {
	const { liveTurn } = page;
	if (!liveTurn) return null;
	const known = state.messages.find(({ id }) => id === liveTurn.assistantMessageId);
	if (known?.turn?.turnId === liveTurn.turnId && !isLiveStatus(known.turn.status)) return null;
	const { live } = state;
	const { turnId, assistantMessageId, lastEventId, ...view } = liveTurn;
	const isOurs = live?.turnId === turnId;
	if (isOurs && live.eventId && !isPlaceAfter(lastEventId, live.eventId)) return live;
	const before = page.messages.find(({ id }) => id === assistantMessageId)?.modelSpans ?? [];
	return {
		...(isOurs ? live : createLiveTurn({ assistantMessageId, startedAtMs: atMs })),
		...view,
		turnId,
		eventId: lastEventId,
		modelSpans: joinModelSpans(before, view.modelSpans),
		// The wait was reckoned from an instant that a snapshot does not name.
		queue: view.queue && { ...view.queue, readyAtMs: null },
	};
}

export function foldOlder(state: ChatState, page: ThreadPage): ChatState {
	const seen = new Set(state.messages.map(({ id }) => id));
	const older = page.messages.filter(({ id }) => !seen.has(id)).map(toShown);
	return { ...state, messages: [...older, ...state.messages], olderCursor: page.nextCursor };
}

/**
 * Gives each row the name it had before: by id, else by its position in the tree. So a row that gets its server id, or
 * another version of it, is the same row: it keeps focus and does not flash. What only this tab knows is kept as well.
 */
export function inheritKeys(
	next: readonly ShownMessage[],
	previous: readonly ShownMessage[],
): readonly ShownMessage[] {
	const byId = new Map(previous.map((message) => [message.id, message]));
	const byPosition = new Map(previous.map((message) => [toPositionKey(message), message]));
	return next.map((message) => {
		const same = byId.get(message.id);
		const key = same?.key ?? byPosition.get(toPositionKey(message))?.key ?? message.key;
		if (!same) return { ...message, key };
		// Read while the answer still ran, and arrived after its end: what ended here stays ended.
		const isSameTurn = same.turn?.turnId === message.turn?.turnId;
		if (isSameTurn && isRunning(message) && !isRunning(same)) return { ...same, key };
		const isSame = same.key === key && isUnchanged(same, message);
		if (isSame) return same;
		// What was seen growing here stays until it is stored.
		const reasoning = message.reasoning || same.reasoning;
		return { ...message, key, reasoning, reasoningMs: message.reasoningMs ?? same.reasoningMs };
	});
}

function isRunning({ turn }: ShownMessage): boolean {
	return turn !== null && isLiveStatus(turn.status);
}

/** Equal rows keep their object, so that a refetch renders nothing. */
function isUnchanged(a: ShownMessage, b: ShownMessage): boolean {
	return (
		a.text === b.text &&
		(b.reasoning === "" || a.reasoning === b.reasoning) &&
		a.delivery === b.delivery &&
		a.parentMessageId === b.parentMessageId &&
		a.pinnedAt === b.pinnedAt &&
		a.modelSpans.length === b.modelSpans.length &&
		a.turn?.turnId === b.turn?.turnId &&
		a.turn?.status === b.turn?.status &&
		a.siblings.index === b.siblings.index &&
		a.siblings.ids.join() === b.siblings.ids.join()
	);
}
