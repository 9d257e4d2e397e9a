import { v7 } from "uuid";
import type { ContextRequest } from "@/server/client";
import { messageCharactersMax } from "@/server/contract/limits";
import type { Outcome } from "../../connection/call-until-answered";
import { isPassing } from "../../connection/call-until-answered";
import { isViewerLost, toFailure, trpc } from "../../connection/trpc-client";
import { joinTexts, type SendRequest, type ShownMessage, type TurnIds } from "./chat-state";
import type { ChatStore } from "./chat-store";
import { toEditedParts, toImages } from "./message-parts";
import { removeUnsent, saveUnsent, setUnsentFailure } from "./outbox";
import { continueTurn, giveUp, regenerateTurn, sendTurn } from "./send-turn";

export type NewMessage = Pick<SendRequest, "text" | "parts" | "model">;

/** What the screen can do with a thread. Every function may be called at any time; none throws. */
export interface TurnActions {
	send(message: NewMessage): void;
	/** Sends what was sent before, as the same message; it waits in line while an answer runs. */
	resend(request: SendRequest): void;
	edit(message: ShownMessage, text: string, model: string | null): void;
	/** Takes an unsent message out of the thread. */
	drop(request: SendRequest): void;
	regenerate(userMessageId: string, model: string | null, context?: ContextRequest): void;
	/** The answer goes on where it was cut off. */
	continue(answer: ShownMessage): void;
	/** Stops the answer and, when it has ended, asks this model for another one to the same message. */
	answerInstead(model: string): void;
	/** Stops the answer, or the tries to send what gets no reply. */
	stop(): void;
	/**
	 * Lets a message wait for the end of the running answer, below the one that waits already. False when both together are
	 * longer than a message may be: nothing has changed then.
	 */
	queue(message: NewMessage): boolean;
	/** Makes room for the queued message now. */
	hurry(): void;
	dequeue(): void;
	selectBranch(messageId: string): void;
}

interface TurnActionsInput {
	readonly store: ChatStore;
	readonly userId: string;
	refetch(): void;
	onAccept(threadId: string): void;
}

export function createTurnActions(input: TurnActionsInput): TurnActions {
	const { store } = input;
	const stop = () => {
		const { live } = store.get();
		if (live?.turnId) stopTurn(input, live.turnId);
		else if (live?.clientMessageId && live.isResending) giveUp(live.clientMessageId);
	};
	const answering = createAnswering(input);
	return {
		...createSending(input),
		...answering,
		stop,
		answerInstead: (model) => {
			const { live, messages } = store.get();
			const answer = messages.find(({ id }) => id === live?.assistantMessageId);
			const userMessageId = answer?.parentMessageId;
			if (!live?.turnId || !userMessageId) return;
			const leave = store.subscribe(() => {
				if (store.get().live) return;
				leave();
				answering.regenerate(userMessageId, model);
			});
			stop();
		},
		hurry: () => {
			const { queued } = store.get();
			if (!queued) return;
			store.dispatch({ type: "queue-set", queued: { ...queued, isUrgent: true } });
			stop();
		},
		selectBranch: (messageId) => {
			const { threadId } = store.get();
			if (!threadId) return;
			trpc.threads.selectBranch
				.mutate({ threadId, messageId })
				.then(() => input.refetch())
				.catch((error) => store.dispatch({ type: "notice-set", notice: toFailure(error) }));
		},
	};
}

function stopTurn({ store, refetch }: TurnActionsInput, turnId: string): void {
	store.dispatch({ type: "stop-start" });
	trpc.chat.stop.mutate({ turnId }).catch(refetch);
}

function createSending(input: TurnActionsInput) {
	const { store, userId } = input;
	const keep = (request: SendRequest) => {
		const { threadId, messages } = store.get();
		const shown = messages.find(({ id }) => id === request.clientMessageId);
		const shownBelowId = shown?.parentMessageId ?? null;
		saveUnsent(userId, { request, threadId, shownBelowId, sentAtMs: Date.now() });
	};
	const run = async (request: SendRequest) => {
		store.dispatch({ type: "send-start", request, atMs: Date.now() });
		keep(request);
		const outcome = await sendTurn(store, request);
		if ("answer" in outcome) {
			removeUnsent(userId, request.clientMessageId);
			// What waits belongs to the chat that has just got its id.
			const { queued } = store.get();
			if (queued) keep(queued.request);
			input.onAccept(outcome.answer.threadId);
		} else if (!isViewerLost(outcome.failure))
			setUnsentFailure(userId, request.clientMessageId, outcome.failure);
		refetchIfUnsure(input, outcome);
	};
	const enqueue = (request: SendRequest) => {
		keep(request);
		store.dispatch({ type: "queue-set", queued: { request, isUrgent: false } });
	};
	const dequeue = () => {
		const { queued } = store.get();
		store.dispatch({ type: "queue-set", queued: null });
		if (queued) removeUnsent(userId, queued.request.clientMessageId);
	};
	return {
		send: (message: NewMessage) => void run({ clientMessageId: v7(), ...message }),
		resend: (request: SendRequest) => {
			const { live, queued } = store.get();
			if (!live) return void run(request);
			if (queued) return;
			dropRow(store, request);
			enqueue(request);
		},
		edit: (message: ShownMessage, text: string, model: string | null) => {
			const { parentMessageId, siblings } = message;
			const parts = toEditedParts(message.parts, text);
			void run({ clientMessageId: v7(), text, parts, model, parentMessageId, siblingIds: siblings.ids });
		},
		drop: (request: SendRequest) => {
			dropRow(store, request);
			removeUnsent(userId, request.clientMessageId);
		},
		queue: ({ text, parts: added, model }: NewMessage) => {
			const before = store.get().queued?.request;
			const joined = joinTexts(before?.text ?? "", text);
			const parts = toEditedParts([...(before?.parts ?? []), ...toImages(added)], joined);
			if (joined.length > messageCharactersMax) return false;
			dequeue();
			enqueue({ clientMessageId: v7(), text: joined, parts, model });
			return true;
		},
		dequeue,
	};
}

function dropRow(store: ChatStore, { clientMessageId }: SendRequest): void {
	const row = store.get().messages.find(({ id }) => id === clientMessageId);
	if (row) store.dispatch({ type: "message-drop", key: row.key });
}

function createAnswering(input: TurnActionsInput) {
	const { store } = input;
	const watch = async (outcome: Promise<Outcome<TurnIds>>) => {
		keepFocus(store);
		refetchIfUnsure(input, await outcome);
	};
	return {
		regenerate: (userMessageId: string, model: string | null, context?: ContextRequest) => {
			const clientMessageId = v7();
			store.dispatch({ type: "regenerate-start", clientMessageId, userMessageId, atMs: Date.now() });
			void watch(regenerateTurn(store, { clientMessageId, userMessageId, model, context }));
		},
		continue: ({ id: assistantMessageId, turn }: ShownMessage) => {
			const clientMessageId = v7();
			store.dispatch({ type: "continue-start", clientMessageId, assistantMessageId, atMs: Date.now() });
			const model = turn?.requestedModel ?? "auto";
			void watch(continueTurn(store, { clientMessageId, assistantMessageId, model }));
		},
	};
}

/** Another tab or device was first, or only the reply was lost: the thread knows what the server has. */
function refetchIfUnsure({ refetch }: TurnActionsInput, outcome: Outcome<TurnIds>): void {
	if (!("failure" in outcome)) return;
	const { code } = outcome.failure;
	if (code === "turn_live" || isPassing(code)) refetch();
}

/** The button that was pressed goes away while the answer runs; the focus stays with the answer. */
function keepFocus(store: ChatStore): void {
	requestAnimationFrame(() => {
		if (document.activeElement !== document.body) return;
		const id = store.get().live?.assistantMessageId;
		document.getElementById(`message-${id}`)?.focus({ preventScroll: true });
	});
}
