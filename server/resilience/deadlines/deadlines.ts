/** Milliseconds. Reasoning deltas count as content; pings do not. */
export interface Deadlines {
	/** Until the response headers. */
	readonly headersMs: number;
	readonly firstContentMs: number;
	readonly gapMs: number;
	readonly wholeMs: number;
	/** The server may first have to load the model: without content after so long, the call says that it waits for that. */
	readonly loadNoticeMs?: number | undefined;
}

/** What deadlines need of a model. */
export interface TimedModel {
	readonly isReasoning: boolean;
	/** Milliseconds that its server may take to load it before it answers; 0: it is always loaded. */
	readonly loadMs: number;
}

const wholeMs = 300_000;
const loadNoticeMs = 10_000;
/** A turn's own time has room for a shorter load. */
const shortLoadMs = 45_000;

/**
 * 15 s to the headers, 20 s to the first content (40 s for reasoning models), each as long as the model may load, 20 s between two
 * pieces, 300 s in all after a long load.
 */
export const answerDeadlines = ({ isReasoning, loadMs }: TimedModel): Deadlines => ({
	headersMs: Math.max(15_000, loadMs),
	firstContentMs: Math.max(isReasoning ? 40_000 : 20_000, loadMs),
	gapMs: 20_000,
	wholeMs: wholeMs + (loadMs > shortLoadMs ? loadMs : 0),
	...(loadMs > 0 && { loadNoticeMs }),
});

/** Until when a turn waits, by the monotonic clock. */
interface TurnLimits {
	/** When content or a failure is due. */
	readonly expiresAt: number;
	/** When everything has ended. */
	readonly endsAt: number;
}

/**
 * The limits of a turn for a call that begins now. A model whose server may load it for minutes has this time beyond the turn's own,
 * because a call that is given up would make the server begin to load again.
 */
export function extendForLoad({ loadMs }: TimedModel, limits: TurnLimits, nowMs: number): TurnLimits {
	if (loadMs <= shortLoadMs) return limits;
	return {
		expiresAt: Math.max(limits.expiresAt, nowMs + loadMs),
		endsAt: Math.max(limits.endsAt, nowMs + loadMs + wholeMs),
	};
}
