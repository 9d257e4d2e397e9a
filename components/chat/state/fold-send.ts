import type { Failure } from "../../connection/trpc-client";
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
		parts: request.parts ?? null,
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

export function foldUnsent(
	state: ChatState,
	{ request, failure, atMs }: Extract<ChatAction, { type: "unsent-load" }>,
): ChatState {
	if (state.messages.some(({ id }) => id === request.clientMessageId)) return state;
	const message: ShownMessage = {
		...createLocal(request.clientMessageId, "user", atMs),
		parentMessageId: request.parentMessageId ?? lastSent(state.messages)?.id ?? null,
		key: request.clientMessageId,
		text: request.text,
		parts: request.parts ?? null,
		delivery: "not-sent",
		draft: request,
		failure,
	};
	return { ...state, messages: [...state.messages, message] };
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

/** The same answer goes on: its words stay where they are while the new turn starts. */
export function foldContinue(
	state: ChatState,
	action: Extract<ChatAction, { type: "continue-start" }>,
): ChatState {
	const answer = state.messages.find(({ id }) => id === action.assistantMessageId);
	if (!answer) return state;
	const live = createLiveTurn({
		assistantMessageId: answer.id,
		clientMessageId: action.clientMessageId,
		startedAtMs: action.atMs,
		text: answer.text,
		modelSpans: answer.modelSpans,
		before: state.messages,
	});
	return { ...state, live, notice: null };
}

function lastSent(list: readonly ShownMessage[]): ShownMessage | undefined {
	return list.findLast(({ delivery }) => delivery === "sent");
}

/** What came of asking the server for a turn. */

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
