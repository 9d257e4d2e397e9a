/** Resolves after `ms` or as soon as the signal aborts. Never rejects, and removes its listener. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
	if (signal?.aborted) return Promise.resolve();
	const { promise, resolve } = Promise.withResolvers<void>();
	const timer = setTimeout(resolve, ms);
	const wake = () => resolve();
	signal?.addEventListener("abort", wake, { once: true });
	return promise.finally(() => {
		clearTimeout(timer);
		signal?.removeEventListener("abort", wake);
	});
}
