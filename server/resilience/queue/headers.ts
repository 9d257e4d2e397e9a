/** What a response says about its provider's limits. */
export interface RateNews {
	readonly requestsPerMinute: number | null;
	readonly tokensPerMinute: number | null;
	/** Milliseconds for which nothing more should be sent; null when something may. */
	readonly waitMs: number | null;
}

/** A provider that has nothing left but does not say until when. */
const unknownWaitMs = 1_000;

/** OpenAI and most that speak its API; Anthropic. Both count by the minute; a longer period never binds as a minute's. */
const requestLimits = ["x-ratelimit-limit-requests", "anthropic-ratelimit-requests-limit"];
const tokenLimits = ["x-ratelimit-limit-tokens", "anthropic-ratelimit-tokens-limit"];

/** What is left, and when it is full again. */
const remainders: readonly (readonly [left: string, reset: string])[] = [
	["x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
	["x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
	["x-ratelimit-remaining", "x-ratelimit-reset"],
	["anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"],
	["anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
	["anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"],
	["anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"],
];

type Headers = Readonly<Record<string, string>>;

/**
 * Reads the limits in a response's headers (names in lower case), or null when it has none. Nonsense counts as absent.
 * `nowMs` is wall time: some providers name instants.
 */
export function readRateNews(headers: Headers, nowMs: number): RateNews | null {
	const waits = remainders.flatMap(([left, reset]) =>
		toCount(headers[left]) === 0 ? [toWaitMs(headers[reset], nowMs) ?? unknownWaitMs] : [],
	);
	const retryAfterMs =
		toWaitMs(headers["retry-after-ms"] && `${headers["retry-after-ms"]}ms`, nowMs) ??
		toWaitMs(headers["retry-after"], nowMs);
	if (retryAfterMs !== null) waits.push(retryAfterMs);
	const requestsPerMinute = findLimit(headers, requestLimits);
	const tokensPerMinute = findLimit(headers, tokenLimits);
	const waitMs = waits.length > 0 ? Math.max(...waits) : null;
	if (requestsPerMinute === null && tokensPerMinute === null && waitMs === null) return null;
	return { requestsPerMinute, tokensPerMinute, waitMs };
}

/** 0 says that nothing is limited as often as that nothing is allowed: what is allowed is read from what is left. */
const findLimit = (headers: Headers, names: readonly string[]): number | null =>
	names.map((name) => toCount(headers[name])).find((count) => count !== null && count > 0) ?? null;

const toCount = (text: string | undefined): number | null =>
	text !== undefined && /^\d{1,12}$/.test(text.trim()) ? Number(text) : null;

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration (`6m0s`, `17ms`), seconds, Unix seconds or milliseconds, or a date: milliseconds from now, never negative. */
function toWaitMs(text: string | undefined, nowMs: number): number | null {
	const value = text?.trim().slice(0, 40) ?? "";
	if (/^\d+(\.\d+)?$/.test(value)) {
		const number = Number(value);
		if (number < 1e9) return number * 1_000;
		return Math.max(0, (number < 1e12 ? number * 1_000 : number) - nowMs);
	}
	if (/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(value)) {
		const parts = value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g);
		return Array.from(parts, ([, amount, unit = ""]) => Number(amount) * (unitMs[unit] ?? 0)).reduce(
			(total, part) => total + part,
			0,
		);
	}
	const isDate = /^(\d{4}-\d\d-\d\dT|[A-Z][a-z]{2}, )/.test(value);
	const instant = isDate ? Date.parse(value) : Number.NaN;
	return Number.isNaN(instant) ? null : Math.max(0, instant - nowMs);
}
