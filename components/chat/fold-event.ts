import type { TurnEvent } from "@/server/client";
import {
	type ChatAction,
	type ChatState,
	isPlaceAfter,
	type LiveTurn,
	type ShownMessage,
} from "./chat-state";

export function foldEvent(state: ChatState, action: Extract<ChatAction, { type: "turn-event" }>): ChatState {
	const { live } = state;
	if (!live || (live.eventId && !isPlaceAfter(action.id, live.eventId))) return state;
	const next = { ...live, eventId: action.id, isLost: false };
	const { event, atMs } = action;
	switch (event.type) {
		case "text-delta":
			return { ...state, live: { ...endReasoning(next, atMs), text: next.text + event.text } };
		case "reasoning-delta":
			return {
				...state,
				live: {
					...next,
					reasoning: next.reasoning + event.text,
					reasoningStartedAtMs: next.reasoningStartedAtMs ?? atMs,
				},
			};
		case "text-reset":
			return { ...state, live: { ...next, text: event.text, reasoning: "", reasoningMs: null } };
		case "queue-move":
			return { ...state, live: { ...next, queuePosition: event.position } };
		case "route-choose":
			return {
				...state,
				live: { ...next, modelId: event.modelId, reason: event.reason, queuePosition: null },
			};
		case "attempt-start":
			return { ...state, live: { ...next, modelId: event.modelId, queuePosition: null } };
		case "turn-end":
			return foldEnd({ ...state, live: endReasoning(next, atMs) }, event);
		case "turn-start":
		case "context-fit":
		case "attempt-end":
			return { ...state, live: next };
		default:
			return { ...state, live: next };
	}
}

function foldEnd(state: ChatState, event: Extract<TurnEvent, { type: "turn-end" }>): ChatState {
	const { live } = state;
	if (!live) return state;
	const messages = state.messages.map((message): ShownMessage => {
		if (message.id !== live.assistantMessageId) return message;
		return {
			...message,
			text: live.text,
			reasoning: live.reasoning,
			reasoningMs: live.reasoningMs,
			turn: {
				turnId: live.turnId ?? "",
				status: event.status,
				code: event.code ?? null,
				requestedModel: message.turn?.requestedModel ?? "auto",
				receipt: event.receipt,
			},
		};
	});
	return { ...state, messages, live: null };
}

function endReasoning(live: LiveTurn, atMs: number): LiveTurn {
	if (live.reasoningStartedAtMs === null || live.reasoningMs !== null) return live;
	return { ...live, reasoningMs: Math.max(0, atMs - live.reasoningStartedAtMs) };
}
