import {
	createRateWindow,
	type Limits,
	minuteMs,
	noLimits,
	type RateWindow,
	type Share,
	toConcurrencyShare,
	toShare,
} from "./rate-window.ts";
import type { ReportedLimits } from "./reported-limits.ts";

/** Limits from response headers are used until newer ones arrive, at most for so long. */
const reportedMs = 600_000;

/** A provider may ask for a longer pause, but it is called again after so long. */
const pauseMsMax = 60_000;

/** The weight of the latest call in the mean duration of calls. */
const meanWeight = 0.2;

interface Windows {
	readonly requests: RateWindow;
	readonly tokens: RateWindow;
}

interface Shares {
	readonly requests: Share | null;
	readonly tokens: Share | null;
	readonly calls: number;
}

/** Counts one deployment's calls against its limits, configured ones and those that its provider reports. Instants are monotonic. */
export class DeploymentLimiter {
	readonly #instances: number;
	readonly #windows: Windows = { requests: createRateWindow(), tokens: createRateWindow() };
	#limits: Limits = noLimits;
	#reported: (ReportedLimits & { readonly untilMs: number }) | null = null;
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
		this.#computeShares();
	}

	/** Milliseconds until a call with this many tokens may be sent; infinite while another call has to end first. */
	toWaitMs(tokens: number, nowMs: number): number {
		if (this.active >= this.#shares.calls) return Number.POSITIVE_INFINITY;
		return this.#toRateWaitMs(tokens, nowMs, this.#windows);
	}

	/** Counts a call that is sent and returns the id of its window entry. */
	take(tokens: number, nowMs: number): number {
		this.active += 1;
		return this.#count(tokens, nowMs, this.#windows);
	}

	/** Counts a call's end. `moreTokens`: what it took beyond the tokens that were counted for it, negative if fewer. */
	release(call: { entryId: number; heldMs: number; moreTokens: number }): void {
		this.active -= 1;
		this.#meanHeldMs =
			this.#meanHeldMs === null
				? call.heldMs
				: this.#meanHeldMs + (call.heldMs - this.#meanHeldMs) * meanWeight;
		if (call.moreTokens !== 0) this.#windows.tokens.correct(call.entryId, call.moreTokens);
	}

	noteLimits(reported: ReportedLimits, nowMs: number): void {
		if (reported.requestsPerMinute !== null || reported.tokensPerMinute !== null) {
			this.#reported = { ...reported, untilMs: nowMs + reportedMs };
			this.#computeShares();
		}
		if (reported.waitMs === null) return;
		this.pausedUntilMs = Math.max(this.pausedUntilMs, nowMs + Math.min(reported.waitMs, pauseMsMax));
	}

	/** Drops what is too old to count. Returns whether the limiter is in its first state again. */
	dropOld(nowMs: number): boolean {
		if (this.#reported && this.#reported.untilMs <= nowMs) {
			this.#reported = null;
			this.#computeShares();
		}
		const { requests, tokens } = this.#shares;
		const isEmpty = [
			this.#windows.requests.isEmpty(nowMs, requests?.periodMs ?? minuteMs),
			this.#windows.tokens.isEmpty(nowMs, tokens?.periodMs ?? minuteMs),
		].every(Boolean);
		return isEmpty && this.#reported === null && this.active === 0 && this.pausedUntilMs <= nowMs;
	}

	/** Plays calls with these tokens forward, one after the other: milliseconds until each, null where it cannot be computed. */
	forecast(tokens: readonly number[], nowMs: number): (number | null)[] {
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

	#computeShares(): void {
		const toLimit = (name: "requestsPerMinute" | "tokensPerMinute"): Share | null => {
			const limit = Math.min(this.#limits[name] ?? Infinity, this.#reported?.[name] ?? Infinity);
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

	/** Counts without a limit, too, so that a limit that is reported later includes the calls before it. */
	#count(tokens: number, nowMs: number, windows: Windows): number {
		windows.tokens.take(tokens, nowMs, this.#shares.tokens?.periodMs ?? minuteMs);
		return windows.requests.take(1, nowMs, this.#shares.requests?.periodMs ?? minuteMs);
	}
}
