import type { TurnEvent } from "@/server/client";
import { foldEvent as foldTurnEvent, joinModelSpans } from "@/server/contract/fold";
import {
	type ChatAction,
	type ChatState,
	isPlaceAfter,
	joinThoughts,
	type LiveTurn,
	type ShownMessage,
} from "./chat-state";

/** An event of the live turn: the shared fold of the event language, and the clock of this tab. */
export function foldEvent(state: ChatState, action: Extract<ChatAction, { type: "turn-event" }>): ChatState {
	const { live } = state;
	if (!live || (live.eventId && !isPlaceAfter(action.id, live.eventId))) return state;
	const { event, atMs } = action;
	const view = foldTurnEvent(live, event);
	const next = foldClock(live, { ...live, ...view, queue: toPlace(live, view.queue, atMs) }, event, atMs);
	const seen = { ...state, live: { ...next, eventId: action.id, isLost: false } };
	return event.type === "turn-end" ? foldEnd(seen, event) : seen;
}

type Place = { readonly position: number; readonly etaMs: number | null } | null;

function toPlace(live: LiveTurn, place: Place, atMs: number): LiveTurn["queue"] {
	if (place === null) return null;
	if (place === live.queue) return live.queue;
	return { ...place, readyAtMs: place.etaMs === null ? null : atMs + place.etaMs };
}

/**
 * How long the model reasons: from its first thought to the first word of the answer. A tab that did not see the first
 * thought leaves it to the server, which measures the same.
 */
function foldClock(before: LiveTurn, live: LiveTurn, event: TurnEvent, atMs: number): LiveTurn {
	if (event.type === "reasoning-delta")
		return before.reasoning === "" ? { ...live, reasoningStartedAtMs: atMs } : live;
	if (event.type === "text-reset") return { ...live, reasoningMs: null };
	const isOver = event.type === "text-delta" || event.type === "turn-end";
	if (!isOver || live.reasoningStartedAtMs === null || live.reasoningMs !== null) return live;
	return { ...live, reasoningMs: Math.max(0, atMs - live.reasoningStartedAtMs) };
}

function foldEnd(state: ChatState, event: Extract<TurnEvent, { type: "turn-end" }>): ChatState {
	const { live } = state;
	if (!live) return state;
	const messages = state.messages.map((message): ShownMessage => {
		if (message.id !== live.assistantMessageId) return message;
		return {
			...message,
			text: live.text,
			...joinThoughts(message, {
				reasoning: live.reasoning,
				reasoningMs: event.receipt.reasoningMs ?? live.reasoningMs,
			}),
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
