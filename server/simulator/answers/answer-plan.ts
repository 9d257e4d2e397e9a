/** An answer's tokens. A source, not a list, because a fault may ask for fifty thousand or for no end. */
export interface Pieces {
	readonly length: number;
	at(index: number): string;
}

/**
 * Tokens as a provider reports them: the prompt's include those read from a cache and those written to one (of every lifetime, and
 * of one hour), the completion's the reasoning ones.
 */
export interface TokenCount {
	readonly promptTokens: number;
	readonly cachedTokens: number;
	readonly cacheWriteTokens: number;
	/** A part of the written ones. */
	readonly cacheWrite1hTokens: number;
	readonly completionTokens: number;
	readonly reasoningTokens: number;
}

export const noTokens: TokenCount = {
	promptTokens: 0,
	cachedTokens: 0,
	cacheWriteTokens: 0,
	cacheWrite1hTokens: 0,
	completionTokens: 0,
	reasoningTokens: 0,
};

export interface WireError {
	readonly type: string;
	readonly code: string;
	readonly message: string;
}

/** Where an answer stops being one. */
export interface Break {
	readonly kind: "reset" | "end" | "half-event" | "error-event" | "bad-json" | "stall" | "pings";
	/** Answer tokens that come before it; more than there are means after the last. */
	readonly at: number;
	readonly error?: WireError;
	/** Milliseconds between pings. */
	readonly everyMs?: number;
}

/** Everything that decides how an answer looks on the wire. A fault may alter it. */
export interface AnswerPlan {
	readonly pieces: Pieces;
	readonly reasoningTokens: number;
	/** The model that the answer says it comes from. */
	readonly namedModel: string;
	readonly finishReason: "stop" | "length" | "content_filter" | null;
	readonly ttftMs: number;
	readonly gapMs: number;
	/** Headers go out at once; otherwise they come with the first token. */
	readonly hasEarlyHeaders: boolean;
	readonly break: Break | null;
	/** What is reported for what was counted: undefined leaves the report out. */
	readonly report: (counted: TokenCount) => TokenCount | null | undefined;
	/** One byte per HTTP chunk, so that every UTF-8 sequence is cut everywhere. */
	readonly isBytewise: boolean;
	/** How often `[DONE]` ends the stream. */
	readonly doneMarks: number;
	/** Events without a choice before the first token and after every third one. */
	readonly hasEmptyChoices: boolean;
	/** No event has a choice: the answer never says anything. */
	readonly isChoiceless: boolean;
	/** The answer says that it was not looked at by the content filter. */
	readonly isUnfiltered: boolean;
	/** Bytes after which the simulator gives up an answer without end. */
	readonly bytesMax: number;
}

/** Long enough for every deadline of a client, short enough that nothing is left behind. */
export const heldMsMax = 120_000;
export const endlessBytesMax = 100 * 1024 * 1024;

/** Microseconds of the machine's monotonic clock: the same for all processes, so that marks compare across them. */
export function monotonicUs(): number {
	const [seconds, nanoseconds] = process.hrtime();
	return seconds * 1e6 + Math.floor(nanoseconds / 1e3);
}
