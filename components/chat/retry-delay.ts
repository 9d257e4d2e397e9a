import type { ShownErrorCode } from "../trpc-client";

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
 * five seconds, so that nobody waits much longer than the fault lasts.
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
