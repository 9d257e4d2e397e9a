import { useEffect, useState } from "react";
import type { Failure } from "../trpc-client";
import { toWaitSeconds } from "./wording";

interface Countdown {
	/** Left of the wait that was asked for; 0 without one, and when it is over. */
	readonly seconds: number;
	/** The failure with what is left. */
	readonly failure: Failure;
	/** The failure as its wait began. */
	readonly asFirst: Failure;
}

/**
 * Counts a failure's wait down: `retryAt` is an instant, also of a page that is read again later; `retryAfterMs` counts from
 * now on. Begins after the first drawing, which may be the server's.
 */
export function useCountdown(failure: Failure): Countdown {
	const [left, setLeft] = useState<{ seconds: number; first: number } | null>(null);
	const { retryAt, retryAfterMs } = failure.details;
	useEffect(() => {
		const endsAtMs = typeof retryAt === "string" ? Date.parse(retryAt) : toEndMs(retryAfterMs);
		const toSeconds = () => Math.max(0, Math.ceil((endsAtMs - Date.now()) / 1_000));
		const first = toSeconds();
		setLeft(first > 0 ? { seconds: first, first } : null);
		if (!(first > 0)) return;
		const timer = setInterval(() => {
			const seconds = toSeconds();
			setLeft({ seconds, first });
			if (seconds === 0) clearInterval(timer);
		}, 500);
		return () => clearInterval(timer);
	}, [retryAt, retryAfterMs]);
	const seconds = left?.seconds ?? 0;
	const withWait = (waitSeconds: number): Failure => ({
		...failure,
		details: {
			...failure.details,
			retryAfterMs: waitSeconds * 1_000,
			hasWaited: left !== null && seconds === 0,
		},
	});
	return {
		seconds,
		failure: left === null && typeof retryAt !== "string" ? failure : withWait(seconds),
		asFirst: withWait(left?.first ?? 0),
	};
}

const toEndMs = (retryAfterMs: unknown): number =>
	Date.now() +
	(toWaitSeconds({ retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : 0 }) ?? 0) * 1_000;
