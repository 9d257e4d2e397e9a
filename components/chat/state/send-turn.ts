import type { ContextRequest } from "@/server/client";
import { callUntilAnswered, type Outcome } from "../../connection/call-until-answered";
import { isViewerLost, trpc } from "../../connection/trpc-client";
import type { SendRequest, TurnIds } from "./chat-state";
import type { ChatStore } from "./chat-store";

/** What is on its way, by client message id: it outlives the screen that sent it. */
const underway = new Map<string, AbortController>();

/** Sends a message that the store already shows. */
export function sendTurn(store: ChatStore, request: SendRequest): Promise<Outcome<TurnIds>> {
	const threadId = store.get().threadId ?? undefined;
	const { clientMessageId, text, parts, model } = request;
	const content = parts ? { parts: [...parts] } : { text };
	const parentMessageId = threadId ? request.parentMessageId : undefined;
	return start(store, clientMessageId, (signal) =>
		trpc.chat.send.mutate(
			{ clientMessageId, ...content, model: model ?? undefined, threadId, parentMessageId },
			{ signal },
		),
	);
}

/** Asks for another answer to the same message. */
export function regenerateTurn(
	store: ChatStore,
	{
		model,
		...request
	}: {
		clientMessageId: string;
		userMessageId: string;
		model: string | null;
		context?: ContextRequest | undefined;
	},
): Promise<Outcome<TurnIds>> {
	return start(store, request.clientMessageId, (signal) =>
		trpc.chat.regenerate.mutate({ ...request, model: model ?? undefined }, { signal }),
	);
}

/** Asks for the rest of an answer that was cut off. */
export function continueTurn(
	store: ChatStore,
	request: { clientMessageId: string; assistantMessageId: string; model: string },
): Promise<Outcome<TurnIds>> {
	return start(store, request.clientMessageId, (signal) => trpc.chat.continue.mutate(request, { signal }));
}

/** Ends the tries: what was on its way counts as not sent. The server may have it all the same; its id says so. */
export function giveUp(clientMessageId: string): void {
	underway.get(clientMessageId)?.abort();
}

/** Asks until there is an answer and tells the store what came of it. */
async function start(
	store: ChatStore,
	clientMessageId: string,
	call: (signal: AbortSignal) => Promise<TurnIds>,
): Promise<Outcome<TurnIds>> {
	const ending = new AbortController();
	underway.set(clientMessageId, ending);
	const outcome = await callUntilAnswered(call, {
		signal: ending.signal,
		onRetry: () => store.dispatch({ type: "send-retry", clientMessageId }),
	});
	underway.delete(clientMessageId);
	if ("answer" in outcome) store.dispatch({ type: "send-accept", clientMessageId, ids: outcome.answer });
	// The page is being left; what was not sent waits for its person.
	else if (!isViewerLost(outcome.failure))
		store.dispatch({ type: "send-fail", clientMessageId, failure: outcome.failure });
	return outcome;
}
