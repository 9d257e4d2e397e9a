/** At most `max` in a window. Each store states how exactly it keeps this. */
export interface RateLimit {
	readonly max: number;
	readonly windowMs: number;
}

/** `unknown`: the store could not count in time; the caller decides by its own policy. */
export type RateVerdict =
	| { readonly outcome: "allow"; readonly remaining: number; readonly resetMs: number }
	| { readonly outcome: "deny"; readonly retryAfterMs: number }
	| { readonly outcome: "unknown" };

/** The decision about one request, for the headers of its response. */
export interface RateDecision {
	readonly limit: RateLimit;
	readonly verdict: Exclude<RateVerdict, { outcome: "unknown" }>;
}

/** Counts requests by key. No method rejects. */
export interface RateStore {
	/** Counts one request if the limit allows it. */
	take(key: string, limit: RateLimit): Promise<RateVerdict>;
	/** Uncounts one request if the store answers. */
	giveBack(key: string, limit: RateLimit): Promise<void>;
	/** Resets the count of a key if the store answers. */
	clear(key: string, limit: RateLimit): Promise<void>;
	close(): Promise<void>;
}
