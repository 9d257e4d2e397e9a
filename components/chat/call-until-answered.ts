import { type Failure, toFailure } from "../trpc-client";
import { isPassing, waitForNetwork, waitForRetry } from "./retry-delay";

/** How long a call without a reply is made again before the person is asked. Time without a network does not count. */
const patienceMs = 120_000;
/** A reply that takes longer is taken for lost. The server gives up on its database earlier than that. */
const replyTimeoutMs = 15_000;

export type Outcome<Answer> = { readonly answer: Answer } | { readonly failure: Failure };

/**
 * Makes the same call until the server has answered it, one way or the other. Only for calls that carry an id which makes
 * any number of them one: a lost reply is asked for again. `signal` gives up at once, with the failure of the last try.
 */
export async function callUntilAnswered<Answer>(
	call: (signal: AbortSignal) => Promise<Answer>,
	{ signal, onRetry }: { readonly signal: AbortSignal; onRetry(): void },
): Promise<Outcome<Answer>> {
	let deadlineMs = Date.now() + patienceMs;
	for (let attempt = 0; ; attempt++) {
		try {
			return { answer: await call(AbortSignal.any([signal, AbortSignal.timeout(replyTimeoutMs)])) };
		} catch (error) {
			const failure = toFailure(error);
			if (!isPassing(failure.code) || signal.aborted || Date.now() >= deadlineMs) return { failure };
			onRetry();
			await waitForRetry(attempt, signal);
			if (failure.code !== "offline") continue;
			await waitForNetwork(signal);
			deadlineMs = Date.now() + patienceMs;
		}
	}
}
