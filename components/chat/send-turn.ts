import { endSession } from "../end-session";
import { type Failure, toFailure, trpc } from "../trpc-client";
import type { SendRequest, TurnIds } from "./chat-state";
import type { ChatStore } from "./chat-store";
import { waitForNetwork, waitForRetry } from "./retry-delay";

/** Tries of one send before it is marked "Not sent": about four seconds of silence. */
const triesMax = 4;

/** Failures after which the very same call may simply be made again: the id makes it one message. */
const isPassing = (code: Failure["code"]) =>
	code === "offline" || code === "unreachable" || code === "draining" || code === "storage_unavailable";

type Outcome = { readonly ids: TurnIds } | { readonly failure: Failure };

/** Calls until the server has answered, one way or the other. A lost reply is asked for again under the same id. */
async function callUntilAnswered(call: () => Promise<TurnIds>): Promise<Outcome> {
	for (let attempt = 0; ; attempt++) {
		try {
			return { ids: await call() };
		} catch (error) {
			const failure = toFailure(error);
			if (failure.code === "unauthorized") await endSession();
			if (!isPassing(failure.code) || attempt + 1 >= triesMax) return { failure };
			if (failure.code === "offline") await waitForNetwork();
			else await waitForRetry(attempt);
		}
	}
}

/** Sends a message that the store already shows; tells the store what came of it. */
export async function sendTurn(store: ChatStore, request: SendRequest): Promise<Outcome> {
	const threadId = store.get().threadId ?? undefined;
	const outcome = await callUntilAnswered(() =>
		trpc.chat.send.mutate({
			clientMessageId: request.clientMessageId,
			text: request.text,
			model: request.model ?? undefined,
			threadId,
			parentMessageId: threadId ? request.parentMessageId : undefined,
		}),
	);
	tell(store, request.clientMessageId, outcome);
	return outcome;
}

/** Asks for another answer to the same message. */
export async function regenerateTurn(
	store: ChatStore,
	request: { clientMessageId: string; userMessageId: string; model: string | null },
): Promise<Outcome> {
	const outcome = await callUntilAnswered(() =>
		trpc.chat.regenerate.mutate({ ...request, model: request.model ?? undefined }),
	);
	tell(store, request.clientMessageId, outcome);
	return outcome;
}

function tell(store: ChatStore, clientMessageId: string, outcome: Outcome): void {
	if ("ids" in outcome) store.dispatch({ type: "send-accept", clientMessageId, ids: outcome.ids });
	else store.dispatch({ type: "send-fail", clientMessageId, failure: outcome.failure });
}
