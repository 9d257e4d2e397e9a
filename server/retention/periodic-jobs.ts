import type { Logger } from "pino";
import { sleep } from "../kernel/sleep.ts";

/** Work that is repeated for as long as the process lives. */
export interface PeriodicJob {
	/** Names the job in log events. */
	readonly name: string;
	readonly everyMs: number;
	run(): Promise<unknown>;
}

/** Starts of all processes at once would do the same work at once. */
const firstDelayMsMax = 60_000;

/**
 * Runs each job now and then. A job that fails is logged and runs again at its next time; it keeps no other job from running.
 *
 * @returns ends the jobs, and waits for none.
 */
export function startPeriodicJobs(jobs: readonly PeriodicJob[], logger: Logger): { end(): void } {
	const ending = new AbortController();
	for (const { name, everyMs, run } of jobs) {
		void (async () => {
			await sleep(Math.random() * Math.min(firstDelayMsMax, everyMs), ending.signal);
			while (!ending.signal.aborted) {
				await run().catch((err: unknown) =>
					logger.warn({ event: "retention.job_failed", job: name, err }, "A periodic job failed."),
				);
				await sleep(everyMs, ending.signal);
			}
		})();
	}
	return { end: () => ending.abort() };
}
