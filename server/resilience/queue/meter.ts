import type { RateNews } from "./headers.ts";
import {
	createRateWindow,
	type Limits,
	minuteMs,
	noLimits,
	type RateWindow,
	type Share,
	toConcurrencyShare,
	toShare,
} from "./window.ts";

/** What a header said holds until another says otherwise, at most so long. */
const newsMs = 600_000;

/** A provider may ask for more, but it is asked again after so long. */
const pauseMsMax = 60_000;

/** The latest call's part in the mean time that a call takes. */
const meanPart = 0.2;

interface Windows {
	readonly requests: RateWindow;
	readonly tokens: RateWindow;
}

interface Shares {
	readonly requests: Share | null;
	readonly tokens: Share | null;
	readonly calls: number;
}

/** What one deployment's limits, as configured and as its provider tells them, have left. Every instant is monotonic. */
export class Meter {
	readonly #instances: number;
	readonly #windows: Windows = { requests: createRateWindow(), tokens: createRateWindow() };
	#limits: Limits = noLimits;
	#news: (RateNews & { readonly untilMs: number }) | null = null;
	#meanHeldMs: number | null = null;
	#shares: Shares = { requests: null, tokens: null, calls: Number.POSITIVE_INFINITY };
	active = 0;
	pausedUntilMs = Number.NEGATIVE_INFINITY;

	constructor(instances: number) {
		this.#instances = instances;
	}

	configure(limits: Limits): void {
		if (limits === this.#limits) return;
		this.#limits = limits;
		this.#share();
	}

	/** Milliseconds until a call of so many tokens may be sent; infinite while the end of another must be awaited. */
	toWaitMs(tokens: number, nowMs: number): number {
		if (this.active >= this.#shares.calls) return Number.POSITIVE_INFINITY;
		return this.#toRateWaitMs(tokens, nowMs, this.#windows);
	}

	/** Counts a call that is sent and returns its mark. */
	take(tokens: number, nowMs: number): number {
		this.active += 1;
		return this.#count(tokens, nowMs, this.#windows);
	}

	/** Counts a call's end, and what it took beyond what was expected. */
	release(call: { mark: number; heldMs: number; moreTokens: number }): void {
		this.active -= 1;
		this.#meanHeldMs =
			this.#meanHeldMs === null
				? call.heldMs
				: this.#meanHeldMs + (call.heldMs - this.#meanHeldMs) * meanPart;
		if (call.moreTokens !== 0) this.#windows.tokens.correct(call.mark, call.moreTokens);
	}

	learn(news: RateNews, nowMs: number): void {
		if (news.requestsPerMinute !== null || news.tokensPerMinute !== null) {
			this.#news = { ...news, untilMs: nowMs + newsMs };
			this.#share();
		}
		if (news.waitMs === null) return;
		this.pausedUntilMs = Math.max(this.pausedUntilMs, nowMs + Math.min(news.waitMs, pauseMsMax));
	}

	/** Drops what is too old to count. Returns whether nothing is left that would be missed. */
	forget(nowMs: number): boolean {
		if (this.#news && this.#news.untilMs <= nowMs) {
			this.#news = null;
			this.#share();
		}
		const { requests, tokens } = this.#shares;
		const isEmpty = [
			this.#windows.requests.isEmpty(nowMs, requests?.periodMs ?? minuteMs),
			this.#windows.tokens.isEmpty(nowMs, tokens?.periodMs ?? minuteMs),
		].every(Boolean);
		return isEmpty && this.#news === null && this.active === 0 && this.pausedUntilMs <= nowMs;
	}

	/** Plays calls of these tokens forward, one after the other: milliseconds until each, null where nobody can tell. */
	toForecast(tokens: readonly number[], nowMs: number): (number | null)[] {
		const windows = { requests: this.#windows.requests.fork(), tokens: this.#windows.tokens.fork() };
		let atMs = nowMs;
		return tokens.map((amount, index) => {
			atMs += this.#toRateWaitMs(amount, atMs, windows);
			this.#count(amount, atMs, windows);
			const endsBefore = Math.max(0, this.active + index + 1 - this.#shares.calls);
			if (endsBefore > 0 && this.#meanHeldMs === null) return null;
			const heldMs = endsBefore === 0 ? 0 : ((this.#meanHeldMs ?? 0) / this.#shares.calls) * endsBefore;
			return Math.ceil(Math.max(atMs - nowMs, heldMs));
		});
	}

	#share(): void {
		const toLimit = (name: "requestsPerMinute" | "tokensPerMinute"): Share | null => {
			const limit = Math.min(this.#limits[name] ?? Infinity, this.#news?.[name] ?? Infinity);
			return limit === Infinity ? null : toShare(limit, this.#instances);
		};
		const { concurrency } = this.#limits;
		this.#shares = {
			requests: toLimit("requestsPerMinute"),
			tokens: toLimit("tokensPerMinute"),
			calls: concurrency === null ? Infinity : toConcurrencyShare(concurrency, this.#instances),
		};
	}

	#toRateWaitMs(tokens: number, nowMs: number, windows: Windows): number {
		const { requests, tokens: share } = this.#shares;
		return Math.max(
			0,
			this.pausedUntilMs - nowMs,
			requests === null ? 0 : windows.requests.waitMs(1, requests, nowMs),
			share === null ? 0 : windows.tokens.waitMs(tokens, share, nowMs),
		);
	}

	/** Also without a limit, so that one that is learned later finds what has gone before it. */
	#count(tokens: number, nowMs: number, windows: Windows): number {
		windows.tokens.take(tokens, nowMs, this.#shares.tokens?.periodMs ?? minuteMs);
		return windows.requests.take(1, nowMs, this.#shares.requests?.periodMs ?? minuteMs);
	}
}
