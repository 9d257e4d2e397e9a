import type { ModelSpan, TurnEvent } from "@/server/client";
import {
	type ChatAction,
	type ChatState,
	isPlaceAfter,
	type LiveTurn,
	type ShownMessage,
} from "./chat-state";
import { joinModelSpans } from "./model-switches";

export function foldEvent(state: ChatState, action: Extract<ChatAction, { type: "turn-event" }>): ChatState {
	const { live } = state;
	if (!live || (live.eventId && !isPlaceAfter(action.id, live.eventId))) return state;
	const next = { ...live, eventId: action.id, isLost: false };
	const { event, atMs } = action;
	switch (event.type) {
		case "text-delta":
			return { ...state, live: foldText(endReasoning(next, atMs), event.text) };
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
			return { ...state, live: foldReset(next, event.text) };
		case "queue-move": {
			const readyAtMs = event.etaMs === null ? null : atMs + event.etaMs;
			return { ...state, live: { ...next, queue: { position: event.position, readyAtMs } } };
		}
		case "route-choose": {
			const { requestedModel, modelId } = event;
			return { ...state, live: { ...next, requestedModel, modelId, queue: null } };
		}
		case "attempt-start": {
			const { modelId } = event;
			return { ...state, live: { ...next, modelId, askedId: modelId, queue: null, isLoading: false } };
		}
		case "model-load":
			return { ...state, live: { ...next, isLoading: true } };
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

/** The first word of a call says where its part begins. */
function foldText(live: LiveTurn, added: string): LiveTurn {
	const text = live.text + added;
	if (live.askedId === null && live.queue === null) return { ...live, text };
	const begun = live.askedId ? [{ modelId: live.askedId, fromCharacter: live.text.length }] : [];
	return { ...live, text, modelSpans: joinModelSpans(live.modelSpans, begun), askedId: null, queue: null };
}

/** What begins within words that are replaced begins nowhere any more. */
function foldReset(live: LiveTurn, text: string): LiveTurn {
	const isKept = ({ fromCharacter }: ModelSpan) =>
		live.text.slice(0, fromCharacter) === text.slice(0, fromCharacter);
	return { ...live, text, modelSpans: live.modelSpans.filter(isKept), reasoning: "", reasoningMs: null };
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
			modelSpans: joinModelSpans(live.modelSpans, event.receipt.modelSpans ?? []),
			turn: {
				turnId: live.turnId ?? "",
				status: event.status,
				code: event.code ?? null,
				requestedModel: message.turn?.requestedModel ?? live.requestedModel ?? "auto",
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
