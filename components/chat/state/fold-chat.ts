/**
 * The whole chat screen as a fold: (state, action) -> state. Pure: instants and ids come in with the actions.
 *
 * The text of a growing answer lives in `live`, not in `messages`, so that a token never touches a finished row.
 * An event is folded once: one whose place is not after the last one seen changes nothing.
 */
import type { ChatAction, ChatState } from "./chat-state";
import { foldEvent } from "./fold-event";
import {
	foldAccept,
	foldContinue,
	foldFailure,
	foldRegenerate,
	foldRetry,
	foldSend,
	foldUnsent,
} from "./fold-send";
import { foldOlder, foldThread } from "./fold-thread";

export function foldChat(state: ChatState, action: ChatAction): ChatState {
	switch (action.type) {
		case "thread-load":
			return foldThread(state, action.page, action.atMs);
		case "older-load":
			return foldOlder(state, action.page);
		case "title-change":
			return state.title === action.title ? state : { ...state, title: action.title };
		case "send-start":
			return foldSend(state, action.request, action.atMs);
		case "unsent-load":
			return foldUnsent(state, action);
		case "regenerate-start":
			return foldRegenerate(state, action);
		case "continue-start":
			return foldContinue(state, action);
		case "send-retry":
			return foldRetry(state, action.clientMessageId);
		case "send-accept":
			return foldAccept(state, action.clientMessageId, action.ids);
		case "send-fail":
			return foldFailure(state, action.clientMessageId, action.failure);
		case "message-drop":
			return { ...state, messages: state.messages.filter(({ key }) => key !== action.key) };
		case "turn-event":
			return foldEvent(state, action);
		case "stop-start":
			return state.live ? { ...state, live: { ...state.live, isStopping: true } } : state;
		case "connection-change":
			if (!state.live || state.live.isLost === action.isLost) return state;
			return { ...state, live: { ...state.live, isLost: action.isLost } };
		case "queue-set":
			return { ...state, queued: action.queued };
		case "notice-set":
			return { ...state, notice: action.notice };
		case "edit-set":
			return { ...state, editingId: action.messageId };
	}
}
