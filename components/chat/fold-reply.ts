/** What came of asking the server for a turn. */
import type { Failure } from "../trpc-client";
import type { ChatState, ShownMessage, TurnIds } from "./chat-state";

/** No reply, so the same call is made again: nothing else changes on the screen. */
export function foldRetry(state: ChatState, clientMessageId: string): ChatState {
	if (state.live?.clientMessageId !== clientMessageId || state.live.isResending) return state;
	return { ...state, live: { ...state.live, isResending: true } };
}

export function foldAccept(state: ChatState, clientMessageId: string, ids: TurnIds): ChatState {
	const answerId = `${clientMessageId}:answer`;
	const isHere = (localId: string) => state.messages.some(({ id }) => id === localId);
	// A repeated call may name messages that are here already: the newest rows stand for them.
	const doubles = [
		...(isHere(clientMessageId) ? [ids.userMessageId] : []),
		...(isHere(answerId) ? [ids.assistantMessageId] : []),
	];
	const rest = state.messages.filter(({ id }) => !doubles.includes(id));
	const messages = rest.map((message): ShownMessage => {
		if (message.id === clientMessageId)
			return renamed({ ...message, delivery: "sent", draft: null, failure: null }, ids.userMessageId);
		if (message.id === answerId)
			return { ...renamed(message, ids.assistantMessageId), parentMessageId: ids.userMessageId };
		return message;
	});
	const isCurrent = state.live?.clientMessageId === clientMessageId;
	const live =
		isCurrent && state.live
			? {
					...state.live,
					turnId: ids.turnId,
					assistantMessageId: ids.assistantMessageId,
					isResending: false,
					before: null,
				}
			: state.live;
	return { ...state, threadId: ids.threadId, messages, live };
}

export function foldFailure(state: ChatState, clientMessageId: string, failure: Failure): ChatState {
	if (state.live?.clientMessageId !== clientMessageId) return state;
	if (state.live.before) return { ...state, messages: state.live.before, live: null, notice: failure };
	const messages = state.messages
		.filter(({ id }) => id !== `${clientMessageId}:answer`)
		.map(
			(message): ShownMessage =>
				message.id === clientMessageId ? { ...message, delivery: "not-sent", failure } : message,
		);
	return { ...state, messages, live: null };
}

function renamed(message: ShownMessage, id: string): ShownMessage {
	const ids = message.siblings.ids.map((sibling) => (sibling === message.id ? id : sibling));
	return { ...message, id, siblings: { ...message.siblings, ids } };
}
