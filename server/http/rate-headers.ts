import { isAppError } from "../contract/errors.ts";
import type { RateDecision } from "../rates/index.ts";

/** The strictest limit among the calls of one request. Empty when nothing was limited. */
export function toRateHeaders(
	decisions: readonly RateDecision[],
	errors: readonly { readonly cause?: unknown }[],
): Record<string, string> {
	return { ...toLimitHeaders(decisions), ...toRetryHeader(errors) };
}

/** The fields of the IETF's draft, and the three older ones that most clients read. All times are in seconds. */
function toLimitHeaders(decisions: readonly RateDecision[]): Record<string, string> {
	const [strictest] = [...decisions].sort((a, b) => toRoom(a) - toRoom(b));
	if (!strictest) return {};
	const { limit, verdict } = strictest;
	const remaining = verdict.outcome === "allow" ? verdict.remaining : 0;
	const resetSeconds = toSeconds(verdict.outcome === "allow" ? verdict.resetMs : verdict.retryAfterMs);
	return {
		"ratelimit-policy": `"requests";q=${limit.max};w=${toSeconds(limit.windowMs)}`,
		ratelimit: `"requests";r=${remaining};t=${resetSeconds}`,
		"ratelimit-limit": String(limit.max),
		"ratelimit-remaining": String(remaining),
		"ratelimit-reset": String(resetSeconds),
	};
}

/** How much is left; negative for a denial, the longer it lasts the lower. */
const toRoom = ({ verdict }: RateDecision): number =>
	verdict.outcome === "allow" ? verdict.remaining : -verdict.retryAfterMs;

function toRetryHeader(errors: readonly { readonly cause?: unknown }[]): Record<string, string> {
	const waitsMs = errors.map(({ cause }) => (isAppError(cause) ? cause.details.retryAfterMs : null));
	const longestMs = Math.max(0, ...waitsMs.filter((wait) => typeof wait === "number"));
	return longestMs > 0 ? { "retry-after": String(toSeconds(longestMs)) } : {};
}

const toSeconds = (ms: number): number => Math.ceil(ms / 1_000);
