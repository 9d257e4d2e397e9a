const tickMs = 250;
/** A tick that comes this late says that the machine was busy, not the worker. */
const lateTickMs = 400;

/**
 * Tells when a worker has been busy for too long, counted in ticks that came on time: under load everything is slow, and
 * nothing must be given up for that.
 */
export function createWatchdog(onStuck: () => void) {
	let ticks = 0;
	let lastTickMs = 0;
	let ticksMax = 0;
	let timer: ReturnType<typeof setInterval> | undefined;
	const tick = () => {
		const nowMs = performance.now();
		if (nowMs - lastTickMs < lateTickMs) ticks += 1;
		lastTickMs = nowMs;
		if (ticks >= ticksMax) onStuck();
	};
	return {
		/** Counts from now on again. */
		start(patienceMs: number): void {
			ticks = 0;
			ticksMax = Math.ceil(patienceMs / tickMs);
			lastTickMs = performance.now();
			timer ??= setInterval(tick, tickMs);
		},
		stop(): void {
			clearInterval(timer);
			timer = undefined;
		},
	};
}
