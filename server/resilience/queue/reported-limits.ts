import { type Headers, toResetMs, toStatedWaitMs } from "../failures/retry-after.ts";

/** What a response's headers say of its provider's limits. */
export interface ReportedLimits {
	readonly requestsPerMinute: number | null;
	readonly tokensPerMinute: number | null;
	/** Milliseconds in which nothing more should be sent; null when calls may be sent. */
	readonly waitMs: number | null;
}

/** The pause for a provider that has nothing left and does not say until when. */
const unknownWaitMs = 1_000;

/** OpenAI and most compatible servers; Anthropic. Both count by the minute; a longer period is never tighter as a minute's limit. */
const requestLimits = ["x-ratelimit-limit-requests", "anthropic-ratelimit-requests-limit"];
const tokenLimits = ["x-ratelimit-limit-tokens", "anthropic-ratelimit-tokens-limit"];

/** The headers with what is left of a limit, and when it is full again. */
const remainders: readonly (readonly [left: string, reset: string])[] = [
	["x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
	["x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
	["x-ratelimit-remaining", "x-ratelimit-reset"],
	["anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"],
	["anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
	["anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"],
	["anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"],
];

/**
 * Reads the limits in a response's headers (names in lower case); null when there are none. Unreadable values count as absent.
 *
 * @param nowMs wall time, as some providers send instants.
 */
export function readReportedLimits(headers: Headers, nowMs: number): ReportedLimits | null {
	const waits = remainders.flatMap(([left, reset]) =>
		toCount(headers[left]) === 0 ? [toResetWaitMs(headers[reset], nowMs) ?? unknownWaitMs] : [],
	);
	const statedMs = toStatedWaitMs(headers, nowMs);
	if (statedMs !== null) waits.push(statedMs);
	const requestsPerMinute = findLimit(headers, requestLimits);
	const tokensPerMinute = findLimit(headers, tokenLimits);
	const waitMs = waits.length > 0 ? Math.max(...waits) : null;
	if (requestsPerMinute === null && tokensPerMinute === null && waitMs === null) return null;
	return { requestsPerMinute, tokensPerMinute, waitMs };
}

/** Some providers send 0 for "no limit", others for "nothing allowed"; the remaining count tells them apart, so 0 is no limit here. */
const findLimit = (headers: Headers, names: readonly string[]): number | null =>
	names.map((name) => toCount(headers[name])).find((count) => count !== null && count > 0) ?? null;

const toCount = (text: string | undefined): number | null =>
	text !== undefined && /^\d{1,12}$/.test(text.trim()) ? Number(text) : null;

function toResetWaitMs(text: string | undefined, nowMs: number): number | null {
	const waitMs = text === undefined ? null : toResetMs(text, nowMs);
	return waitMs === null ? null : Math.max(0, waitMs);
}
