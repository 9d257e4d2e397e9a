/** A longer wait is cut to this: the value may be wrong, and an administrator may refill an exhausted quota at any time. */
export const retryAfterMsMax = 300_000;

/** A response's headers, names in lower case. */
export type Headers = Readonly<Record<string, string>>;

/**
 * How long the provider asks to wait, in whole milliseconds from now, at most `retryAfterMsMax`; null when no header says so.
 * `retry-after-ms` is read before `Retry-After` (seconds or a date), and both before the resets of limits: the longest wait of
 * the limits with nothing remaining, or the shortest of all when none is exhausted. A past instant gives 0; a negative or
 * unreadable value counts as absent.
 *
 * @param nowMs wall time. Instants are compared with the response's own `Date` if it has one, because clocks differ.
 */
export function toRetryAfterMs(headers: Headers, nowMs: number): number | null {
	return toStatedWaitMs(headers, nowMs) ?? toResetWaitMs(headers, toServerNowMs(headers, nowMs));
}

/** As `toRetryAfterMs`, without the resets of limits, which many providers send with every response. */
export function toStatedWaitMs(headers: Headers, nowMs: number): number | null {
	const milliseconds = toNumber(headers["retry-after-ms"]);
	if (milliseconds !== null) return toWait(milliseconds);
	const text = headers["retry-after"];
	const seconds = toNumber(text);
	if (seconds !== null) return toWait(seconds * 1_000);
	const instantMs = toDateMs(text);
	return instantMs === null ? null : toWait(instantMs - toServerNowMs(headers, nowMs));
}

/** Whole milliseconds between 0 and `retryAfterMsMax`. */
export const toWait = (ms: number): number => Math.round(Math.min(Math.max(ms, 0), retryAfterMsMax));

/** `x-ratelimit-reset-tokens`, `anthropic-ratelimit-requests-reset`, `x-ratelimit-reset`, `ratelimit-reset`. */
const resetName = /^(x-|anthropic-)?ratelimit-([a-z-]+-)?reset(-[a-z-]+)?$/;

function toResetWaitMs(headers: Headers, nowMs: number): number | null {
	const exhausted: number[] = [];
	const others: number[] = [];
	for (const [name, value] of Object.entries(headers)) {
		if (!resetName.test(name)) continue;
		const waitMs = toResetMs(value, nowMs);
		if (waitMs === null) continue;
		const remaining = toNumber(headers[name.replace("reset", "remaining")]);
		(remaining === 0 ? exhausted : others).push(waitMs);
	}
	if (exhausted.length > 0) return toWait(Math.max(...exhausted));
	return others.length > 0 ? toWait(Math.min(...others)) : null;
}

/** A larger number is no duration but an instant, in seconds or milliseconds since the Unix epoch. */
const secondsMax = 1e9;

/**
 * Milliseconds from now, negative for a past instant, of a duration (`1m2s`, `250ms`), seconds from now, seconds or milliseconds
 * since the Unix epoch, an RFC 3339 instant or an HTTP date; null when it is none of them.
 */
export function toResetMs(value: string, nowMs: number): number | null {
	const number = toNumber(value);
	if (number !== null) {
		if (number < secondsMax) return number * 1_000;
		return (number < secondsMax * 1_000 ? number * 1_000 : number) - nowMs;
	}
	const durationMs = toDurationMs(value);
	if (durationMs !== null) return durationMs;
	const instantMs = toInstantMs(value) ?? toDateMs(value);
	return instantMs === null ? null : instantMs - nowMs;
}

const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

function toDurationMs(value: string): number | null {
	const text = value.trim();
	if (!/^(\d{1,9}(\.\d{1,9})?(ms|[dhms])){1,5}$/.test(text)) return null;
	let totalMs = 0;
	// `as`: the pattern matches these units only.
	for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g))
		totalMs += Number(amount) * unitsMs[unit as keyof typeof unitsMs];
	return totalMs;
}

/** Plain decimals only: no sign, no exponent, no other characters. */
function toNumber(value: string | undefined): number | null {
	const text = value?.trim() ?? "";
	return /^\d{1,16}(\.\d{1,9})?$/.test(text) ? Number(text) : null;
}

/** The forms of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT` and its two obsolete ones. */
function toDateMs(value: string | undefined): number | null {
	const text = value?.trim() ?? "";
	if (!/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? [\w\s:-]{14,40}$/i.test(text)) return null;
	const instantMs = Date.parse(/GMT$/i.test(text) ? text : `${text} GMT`);
	return Number.isNaN(instantMs) ? null : instantMs;
}

function toInstantMs(value: string): number | null {
	const text = value.trim();
	if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.test(text)) return null;
	const instantMs = Date.parse(text);
	return Number.isNaN(instantMs) ? null : instantMs;
}

const toServerNowMs = (headers: Headers, nowMs: number): number => toDateMs(headers.date) ?? nowMs;
