const stepMs = 500;
const backoffMsMax = 8_000;

/**
 * Full jitter: from 0 to below `min(8 s, 0.5 s * 2^retries)` milliseconds, so that calls that failed together are not repeated
 * together.
 *
 * @param retries how many were made before this wait.
 * @param random 0 to below 1.
 */
export function toBackoffMs(retries: number, random: () => number): number {
	return Math.floor(random() * Math.min(backoffMsMax, stepMs * 2 ** retries));
}
