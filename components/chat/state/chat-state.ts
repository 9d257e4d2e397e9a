import type { Message, SentPart, ThreadPage, TurnEvent } from "@/server/client";
import { parseEventId } from "@/server/contract/event-id";
import { emptyTurnView, type TurnView } from "@/server/contract/fold";
import { liveStatuses } from "@/server/contract/turn-status";
import type { Failure } from "../../connection/trpc-client";

export interface ShownMessage extends Message {
	/** Names the row for React: the same row while its ids arrive and while its versions change. */
	readonly key: string;
	readonly delivery: "sent" | "sending" | "not-sent";
	/** What a failed or running send would be repeated with; null for what the server already has. */
	readonly draft: SendRequest | null;
	readonly failure: Failure | null;
	readonly reasoning: string;
	readonly reasoningMs: number | null;
}

/** One message on its way. The id is made once per message, so a repeated send, also after a reload, is the same send. */
export interface SendRequest {
	readonly clientMessageId: string;
	readonly text: string;
	/** All that the message is made of, where that is more than its text. */
	readonly parts?: readonly SentPart[] | null;
	readonly model: string | null;
	/** undefined: below the end of the branch; null: a new first message; an id: below that message. */
	readonly parentMessageId?: string | null;
	/** The versions that an edited message already has. */
	readonly siblingIds?: readonly string[];
}

/** The message that waits for the running answer to end. */
export interface QueuedSend {
	readonly request: SendRequest;
	readonly isUrgent: boolean;
}

/** The place in the line before the model. */
export interface QueuePlace {
	readonly position: number;
	readonly etaMs: number | null;
	/** When its turn is expected, by this browser's clock; null while that is not known. */
	readonly readyAtMs: number | null;
}

/** What the events of the turn say so far, and what only this tab knows about it. */
export interface LiveTurn extends Omit<TurnView, "queue"> {
	/** null until the server has accepted the message. */
	readonly turnId: string | null;
	readonly clientMessageId: string | null;
	readonly assistantMessageId: string;
	/** The last event folded, `<epoch>.<seq>`; null before the first. */
	readonly eventId: string | null;
	readonly queue: QueuePlace | null;
	readonly isStopping: boolean;
	/** The stream of events broke and is being opened again. */
	readonly isLost: boolean;
	/** What asked for this turn got no reply and is being asked again. */
	readonly isResending: boolean;
	readonly startedAtMs: number;
	readonly reasoningStartedAtMs: number | null;
	readonly reasoningMs: number | null;
	/** What to show again if the server refuses (an answer tried again or continued). */
	readonly before: readonly ShownMessage[] | null;
}

export interface ChatState {
	readonly threadId: string | null;
	readonly title: string | null;
	readonly messages: readonly ShownMessage[];
	readonly olderCursor: string | null;
	readonly isLoaded: boolean;
	readonly live: LiveTurn | null;
	readonly queued: QueuedSend | null;
	/** A failure that belongs to no message. */
	readonly notice: Failure | null;
	/** The exchange that this tab sent last: the one that gets the free space below it. */
	readonly sentKey: string | null;
	/** The message that is being changed in its place. */
	readonly editingId: string | null;
}

export type ChatAction =
	| { readonly type: "thread-load"; readonly page: ThreadPage; readonly atMs: number }
	| { readonly type: "older-load"; readonly page: ThreadPage }
	| { readonly type: "title-change"; readonly title: string }
	| { readonly type: "send-start"; readonly request: SendRequest; readonly atMs: number }
	| {
			readonly type: "regenerate-start";
			readonly clientMessageId: string;
			readonly userMessageId: string;
			readonly atMs: number;
	  }
	| {
			readonly type: "continue-start";
			readonly clientMessageId: string;
			readonly assistantMessageId: string;
			readonly atMs: number;
	  }
	/** A message of an earlier visit that the server never confirmed. */
	| {
			readonly type: "unsent-load";
			readonly request: SendRequest;
			readonly failure: Failure;
			readonly atMs: number;
	  }
	| { readonly type: "send-retry"; readonly clientMessageId: string }
	| { readonly type: "send-accept"; readonly clientMessageId: string; readonly ids: TurnIds }
	| { readonly type: "send-fail"; readonly clientMessageId: string; readonly failure: Failure }
	| { readonly type: "message-drop"; readonly key: string }
	| { readonly type: "turn-event"; readonly id: string; readonly event: TurnEvent; readonly atMs: number }
	| { readonly type: "stop-start" }
	| { readonly type: "connection-change"; readonly isLost: boolean }
	| { readonly type: "queue-set"; readonly queued: ChatState["queued"] }
	| { readonly type: "notice-set"; readonly notice: Failure | null }
	| { readonly type: "edit-set"; readonly messageId: string | null };

export interface TurnIds {
	readonly threadId: string;
	readonly turnId: string;
	readonly userMessageId: string;
	readonly assistantMessageId: string;
}

export function createChatState(threadId: string | null): ChatState {
	return {
		threadId,
		title: null,
		messages: [],
		olderCursor: null,
		isLoaded: threadId === null,
		live: null,
		queued: null,
		notice: null,
		sentKey: null,
		editingId: null,
	};
}

export function createLiveTurn(
	fields: Pick<LiveTurn, "assistantMessageId" | "startedAtMs"> & Partial<LiveTurn>,
): LiveTurn {
	return {
		...emptyTurnView,
		turnId: null,
		clientMessageId: null,
		eventId: null,
		queue: null,
		isStopping: false,
		isLost: false,
		isResending: false,
		reasoningStartedAtMs: null,
		reasoningMs: null,
		before: null,
		...fields,
	};
}

export function createLocal(id: string, role: Message["role"], atMs: number): ShownMessage {
	return toShown({
		id,
		parentMessageId: null,
		role,
		text: "",
		createdAt: new Date(atMs).toISOString(),
		parts: null,
		siblings: { index: 0, ids: [id] },
		modelSpans: [],
		pinnedAt: null,
		turn: null,
	});
}

/** Whether event id `a` comes after `b`. Places are dense in `seq`; an older owner's epoch never wins. */
export function isPlaceAfter(a: string, b: string): boolean {
	const [place, other] = [parseEventId(a), parseEventId(b)];
	return place !== null && other !== null && place.epoch >= other.epoch && place.seq > other.seq;
}

/** Also of a status that a newer server may send: what is not known to be live has ended. */
export function isLiveStatus(status: string): boolean {
	return liveStatuses.some((live) => live === status);
}

/** A message of the server as a row of the screen. */
export function toShown(message: Message): ShownMessage {
	return {
		...message,
		key: toPositionKey(message),
		delivery: "sent",
		draft: null,
		failure: null,
		...toReasoning(message),
	};
}

type Thoughts = Pick<ShownMessage, "reasoning" | "reasoningMs">;

/** What the model thought, as it is stored with the answer: a part for each turn that wrote on it. */
function toReasoning({ parts }: Message): Thoughts {
	let thoughts: Thoughts = { reasoning: "", reasoningMs: null };
	for (const part of parts ?? [])
		if (part.type === "reasoning")
			thoughts = joinThoughts(thoughts, { reasoning: part.text, reasoningMs: part.durationMs ?? null });
	return thoughts;
}

/** What was thought before an answer was continued, and what was thought then. */
export function joinThoughts(before: Thoughts, later: Thoughts): Thoughts {
	const [longMs, laterMs] = [before.reasoningMs, later.reasoningMs];
	return {
		reasoning: [before.reasoning, later.reasoning].filter(Boolean).join("\n\n"),
		reasoningMs: longMs === null && laterMs === null ? null : (longMs ?? 0) + (laterMs ?? 0),
	};
}

export function toPositionKey({ parentMessageId, role }: Pick<Message, "parentMessageId" | "role">): string {
	return `${parentMessageId ?? "root"}:${role}`;
}

/** Two texts of one person in one field or message, as two paragraphs. */
export function joinTexts(above: string, below: string): string {
	return [above, below].filter((text) => text !== "").join("\n\n");
}
