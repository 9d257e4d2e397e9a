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

/** What a draft may take until its first content and as a whole, and what it leaves of the time for content. */
const draft = { contentMs: 12_000, wholeMs: 20_000, leftMs: 15_000 };

/** The time of one turn, by the monotonic clock. */
export interface TurnTime {
	/** When content or a failure is due. */
	readonly expiresAt: number;
	/** When everything has ended. */
	readonly endsAt: number;
	/** The same for a draft that begins now: what comes after it has time left. */
	toDraftTime(): { readonly expiresAt: number; readonly endsAt: number };
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
		toDraftTime() {
			const now = clock.elapsed();
			const within = (ms: number) => Math.min(now + ms, expiresAt - draft.leftMs);
			return { expiresAt: within(draft.contentMs), endsAt: within(draft.wholeMs) };
		},
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
