import {
	type ChatAction,
	type ChatState,
	createLiveTurn,
	createLocal,
	type SendRequest,
	type ShownMessage,
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

export function foldUnsent(
	state: ChatState,
	{ request, failure, atMs }: Extract<ChatAction, { type: "unsent-load" }>,
): ChatState {
	if (state.messages.some(({ id }) => id === request.clientMessageId)) return state;
	const message: ShownMessage = {
		...createLocal(request.clientMessageId, "user", atMs),
		parentMessageId: request.parentMessageId ?? lastSent(state.messages)?.id ?? null,
		...{ key: request.clientMessageId, text: request.text, delivery: "not-sent", draft: request, failure },
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
		...{ text: answer.text, modelSpans: answer.modelSpans },
		before: state.messages,
	});
	return { ...state, live, notice: null };
}

function lastSent(list: readonly ShownMessage[]): ShownMessage | undefined {
	return list.findLast(({ delivery }) => delivery === "sent");
}
