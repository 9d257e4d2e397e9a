import type { Failure } from "../trpc-client";
import {
	type ChatAction,
	type ChatState,
	createLiveTurn,
	createLocal,
	type SendRequest,
	type ShownMessage,
	type TurnIds,
} from "./chat-state";

export function foldSend(state: ChatState, request: SendRequest, atMs: number): ChatState {
	const rest = state.messages.filter(({ draft }) => draft?.clientMessageId !== request.clientMessageId);
	const parentId =
		request.parentMessageId === undefined ? (lastSent(rest)?.id ?? null) : request.parentMessageId;
	const above = parentId === null ? [] : rest.slice(0, rest.findIndex(({ id }) => id === parentId) + 1);
	const unsent = rest.filter((message) => message.delivery === "not-sent" && !above.includes(message));
	const siblings = request.siblingIds ?? [];
	const edited = state.messages.find(({ id }) => siblings.includes(id));
	const user: ShownMessage = {
		...createLocal(request.clientMessageId, "user", atMs),
		key: edited?.key ?? request.clientMessageId,
		parentMessageId: parentId,
		text: request.text,
		siblings: { index: siblings.length, ids: [...siblings, request.clientMessageId] },
		delivery: "sending",
		draft: request,
	};
	const answerId = `${request.clientMessageId}:answer`;
	const answer = { ...createLocal(answerId, "assistant", atMs), parentMessageId: user.id };
	const live = createLiveTurn({
		assistantMessageId: answerId,
		clientMessageId: request.clientMessageId,
		startedAtMs: atMs,
	});
	return { ...state, messages: [...above, ...unsent, user, answer], live, notice: null, sentKey: user.key };
}

export function foldRegenerate(
	state: ChatState,
	action: Extract<ChatAction, { type: "regenerate-start" }>,
): ChatState {
	const at = state.messages.findIndex(({ id }) => id === action.userMessageId);
	if (at < 0) return state;
	const old = state.messages[at + 1];
	const answerId = `${action.clientMessageId}:answer`;
	const ids = old?.siblings.ids ?? [];
	const answer: ShownMessage = {
		...createLocal(answerId, "assistant", action.atMs),
		key: old?.key ?? answerId,
		parentMessageId: action.userMessageId,
		siblings: { index: ids.length, ids: [...ids, answerId] },
	};
	const live = createLiveTurn({
		assistantMessageId: answerId,
		clientMessageId: action.clientMessageId,
		startedAtMs: action.atMs,
		before: state.messages,
	});
	return { ...state, messages: [...state.messages.slice(0, at + 1), answer], live, notice: null };
}

export function foldAccept(state: ChatState, clientMessageId: string, ids: TurnIds): ChatState {
	const answerId = `${clientMessageId}:answer`;
	// A repeated send may name messages that are here already: the newest rows stand for them.
	const known = [ids.userMessageId, ids.assistantMessageId];
	const rest = state.messages.filter(({ id }) => !known.includes(id));
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
			? { ...state.live, turnId: ids.turnId, assistantMessageId: ids.assistantMessageId, before: null }
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

function lastSent(list: readonly ShownMessage[]): ShownMessage | undefined {
	return list.findLast(({ delivery }) => delivery === "sent");
}

function renamed(message: ShownMessage, id: string): ShownMessage {
	const ids = message.siblings.ids.map((sibling) => (sibling === message.id ? id : sibling));
	return { ...message, id, siblings: { ...message.siblings, ids } };
}
