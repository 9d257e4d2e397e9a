/** So many at most in a window. Stores say how exactly they keep to it. */
export interface RateLimit {
	readonly max: number;
	readonly windowMs: number;
}

/** `unknown`: nobody could count in time; who asked decides by its own policy what that means. */
export type RateVerdict =
	| { readonly outcome: "allow"; readonly remaining: number; readonly resetMs: number }
	| { readonly outcome: "deny"; readonly retryAfterMs: number }
	| { readonly outcome: "unknown" };

/** What became of one request, for its answer's headers. */
export interface RateDecision {
	readonly limit: RateLimit;
	readonly verdict: Exclude<RateVerdict, { outcome: "unknown" }>;
}

/** Counts what was done under a key. No method rejects. */
export interface RateStore {
	/** Counts one, if the limit allows it. */
	take(key: string, limit: RateLimit): Promise<RateVerdict>;
	/** Uncounts one, or leaves it counted. */
	giveBack(key: string, limit: RateLimit): Promise<void>;
	/** Starts afresh, or does not. */
	clear(key: string, limit: RateLimit): Promise<void>;
	close(): Promise<void>;
}
