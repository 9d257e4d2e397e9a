import { type Failure, type ShownErrorCode, toFailure } from "./trpc-client";

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

/** Failures that pass by themselves: the very same call may simply be made again. */
export function isPassing(code: ShownErrorCode): boolean {
	return (
		code === "offline" ||
		code === "unreachable" ||
		code === "storage_unavailable" ||
		code === "draining" ||
		code === "timeout"
	);
}

/**
 * Milliseconds before try number `attempt` (from 0): doubling, with jitter so that many readers spread out, and at most
 * five seconds, so that a person waits little longer than the fault lasts.
 */
export function toRetryDelayMs(attempt: number): number {
	const ceilingMs = Math.min(5_000, 500 * 2 ** Math.min(attempt, 6));
	return ceilingMs * (0.5 + Math.random() / 2);
}

/** Resolves after the delay, as soon as the browser is online again, or when the signal ends the wait. */
export function waitForRetry(attempt: number, signal: AbortSignal): Promise<void> {
	return waitForOnline(signal, toRetryDelayMs(attempt));
}

/** Resolves when the browser says that it is online, or when the signal ends the wait. */
export function waitForNetwork(signal: AbortSignal): Promise<void> {
	return navigator.onLine === false ? waitForOnline(signal, null) : Promise.resolve();
}

function waitForOnline(signal: AbortSignal, timeoutMs: number | null): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer);
			window.removeEventListener("online", done);
			signal.removeEventListener("abort", done);
			resolve();
		};
		const timer = timeoutMs === null ? undefined : setTimeout(done, timeoutMs);
		window.addEventListener("online", done);
		signal.addEventListener("abort", done);
		if (signal.aborted) done();
	});
}
