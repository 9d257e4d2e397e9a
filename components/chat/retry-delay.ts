/** Milliseconds before try number `attempt` (from 0): doubling, capped, with jitter so that many readers spread out. */
export function toRetryDelayMs(attempt: number): number {
	const ceilingMs = Math.min(15_000, 500 * 2 ** Math.min(attempt, 6));
	return ceilingMs * (0.5 + Math.random() / 2);
}

/** Resolves after the delay, or as soon as the browser is online again. */
export function waitForRetry(attempt: number): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer);
			window.removeEventListener("online", done);
			resolve();
		};
		const timer = setTimeout(done, toRetryDelayMs(attempt));
		window.addEventListener("online", done);
	});
}

/** Resolves when the browser says that it is online. */
export function waitForNetwork(): Promise<void> {
	if (navigator.onLine) return Promise.resolve();
	return new Promise((resolve) => window.addEventListener("online", () => resolve(), { once: true }));
}
