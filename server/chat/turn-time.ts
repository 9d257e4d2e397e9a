import type { Priority } from "../contract/kinds.ts";
import { hasContent, type MadeCall, toCallsLeft } from "../resilience/index.ts";
import type { AcceptedTurn } from "../turns/index.ts";

/**
 * A person sees content or a failure within this time, whatever is tried meanwhile, and the end within that; a moment of each is
 * for the way to the person. A turn in the background has no one waiting.
 */
const patience: Record<Priority, { readonly contentMs: number; readonly wholeMs: number }> = {
	people: { contentMs: 45_000, wholeMs: 298_000 },
	api: { contentMs: 45_000, wholeMs: 298_000 },
	background: { contentMs: 600_000, wholeMs: 900_000 },
};

/** The time of one turn, by the monotonic clock. */
export interface TurnTime {
	/** When content or a failure is due. */
	readonly expiresAt: number;
	/** When everything has ended. */
	readonly endsAt: number;
	/** Since the turn was accepted. */
	durationMs(): number;
	/** An instant so many milliseconds from now, ISO 8601. */
	toInstant(afterMs: number): string;
	/** What is left for the turn after these calls. */
	toSituation(made: readonly MadeCall[]): {
		readonly hasContent: boolean;
		readonly callsLeft: number;
		readonly waitMsMax: number;
	};
}

/** The time of a turn counts from its acceptance, also in the process that took it over. */
export function startTime(
	{ ageMs, priority }: Pick<AcceptedTurn, "ageMs" | "priority">,
	clock: { now(): number; elapsed(): number },
): TurnTime {
	const startedAt = clock.elapsed() - ageMs;
	const { contentMs, wholeMs } = patience[priority];
	const expiresAt = startedAt + contentMs;
	return {
		expiresAt,
		endsAt: startedAt + wholeMs,
		durationMs: () => clock.elapsed() - startedAt,
		toInstant: (afterMs) => new Date(clock.now() + afterMs).toISOString(),
		toSituation: (made) => ({
			hasContent: hasContent(made),
			callsLeft: toCallsLeft(made),
			waitMsMax: expiresAt - clock.elapsed(),
		}),
	};
}
