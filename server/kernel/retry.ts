import { sleep } from "./sleep.ts";

/** Tries until it works, every so often, or until the time is over; then throws what the last try threw. */
export async function retry<Result>(
	run: () => Promise<Result>,
	{ forMs, everyMs }: { forMs: number; everyMs: number },
): Promise<Result> {
	const giveUpAt = performance.now() + forMs;
	for (;;) {
		try {
			return await run();
		} catch (error) {
			if (performance.now() > giveUpAt) throw error;
			await sleep(everyMs);
		}
	}
}
