import { sleep } from "./sleep.ts";

/** Runs until it succeeds, with a pause of `everyMs` between tries; after `forMs` throws the error of the last try. */
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
