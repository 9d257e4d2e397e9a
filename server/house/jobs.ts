import type { Logger } from "pino";

/** Beyond that new work is left out: a title that is never made does no harm. */
const waitingMax = 200;

/** Work in the background. */
export interface Jobs {
	/** False when the process ends or too much waits. What the work throws is logged. */
	add(what: string, work: (signal: AbortSignal) => Promise<unknown>): boolean;
	/** Aborted when the process drains. */
	readonly signal: AbortSignal;
	/** Takes no more work, ends what runs, and resolves when it has ended. */
	drain(): Promise<void>;
}

/** @param atOnceMax pieces of work at a time in one process: they share its processor with people's answers. */
export function createJobs(logger: Pick<Logger, "warn">, atOnceMax: number): Jobs {
	const waiting: (() => Promise<void>)[] = [];
	const running = new Set<Promise<void>>();
	const end = new AbortController();

	function fill(): void {
		while (running.size < atOnceMax) {
			const next = waiting.shift();
			if (!next) return;
			const job = next().finally(() => {
				running.delete(job);
				fill();
			});
			running.add(job);
		}
	}
	return {
		signal: end.signal,
		add(what, work) {
			if (end.signal.aborted || waiting.length >= waitingMax) return false;
			waiting.push(async () => {
				try {
					await work(end.signal);
				} catch (err) {
					logger.warn(
						{ event: "house.work_failed", err, what },
						"Work in the background failed; it is left out.",
					);
				}
			});
			// Not in the step of the one who adds it: the end of an answer goes out first.
			setImmediate(fill);
			return true;
		},
		async drain() {
			waiting.length = 0;
			end.abort("drain");
			while (running.size > 0) await Promise.all(running);
		},
	};
}
