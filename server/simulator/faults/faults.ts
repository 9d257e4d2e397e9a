import type { WireError } from "../answers/answer-plan.ts";
import type { Refusal } from "../requests/exchange.ts";
import { type FaultCall, type SimOptions, SimSpecError } from "../requests/options.ts";
import * as alter from "./alterations.ts";
import * as refusal from "./refusals.ts";

/** One way in which a provider fails: it refuses instead of answering, or it alters the answer. */
export interface Fault {
	readonly summary: string;
	/** Options that this fault sets unless the request sets them. */
	readonly implies?: Partial<Pick<SimOptions, "times" | "p">>;
	readonly refuse?: Refusal;
	readonly alter?: alter.Alteration;
}

const failed = (code: string, message: string): WireError => ({
	type: code,
	code,
	message: `Simulated: ${message}.`,
});
const serverError = failed("server_error", "the server had an error");
const overloaded = failed("overloaded_error", "overloaded");
const throttled = failed("rate_limit_exceeded", "too many requests");
const invalid = (code: string, message: string): WireError => ({
	...failed(code, message),
	type: "invalid_request_error",
});

const { refuseWith, throttle, retryForms: forms } = refusal;
const { breakAt, breakFirst, set, withReport, everyCount } = alter;

/** Every fault by its name. `@` in a summary says what the number after the name means and what it is without one. */
export const faults: Readonly<Record<string, Fault>> = {
	"429": { summary: "429 with Retry-After in seconds (retry=, 1)", refuse: throttle(forms.seconds) },
	"429-date": { summary: "429 with Retry-After as an HTTP date", refuse: throttle(forms.date) },
	"429-past": { summary: "429 with Retry-After as a date an hour ago", refuse: throttle(forms.date, -3600) },
	"429-ms": { summary: "429 with retry-after-ms", refuse: throttle(forms.milliseconds) },
	"429-reset": {
		summary: "429 with x-ratelimit-reset-requests/-tokens as durations",
		refuse: throttle(forms.durations),
	},
	"429-reset-epoch": { summary: "429 with x-ratelimit-reset in Unix seconds", refuse: throttle(forms.epoch) },
	"429-reset-instant": {
		summary: "429 with a reset header as an RFC 3339 instant",
		refuse: throttle(forms.instant),
	},
	"429-absurd": {
		summary: "429 with Retry-After of ten years",
		refuse: throttle(forms.seconds, 315_360_000),
	},
	"429-negative": { summary: "429 with a negative Retry-After", refuse: throttle(forms.seconds, -5) },
	"429-garbage": { summary: "429 with a Retry-After that says nothing", refuse: throttle(forms.garbage) },
	"429-none": { summary: "429 without any hint when to come back", refuse: throttle(forms.none) },
	"429-quota": {
		summary: "429 because the account has no credit: waiting does not help",
		refuse: refuseWith(429, failed("insufficient_quota", "no credit left")),
	},
	"500": { summary: "500 each time", refuse: refuseWith(500, serverError) },
	"500-twice": {
		summary: "500 for the first two requests of a counter, then answers",
		implies: { times: 2 },
		refuse: refuseWith(500, serverError),
	},
	flapping: {
		summary: "500 for every second request by chance (p=0.5)",
		implies: { p: 0.5 },
		refuse: refuseWith(500, serverError),
	},
	"503": {
		summary: "503 for ever, without Retry-After",
		refuse: refuseWith(503, failed("service_unavailable", "out of service")),
	},
	"503-retry": {
		summary: "503 with Retry-After in seconds",
		refuse: refuseWith(503, failed("service_unavailable", "out of service"), forms.seconds),
	},
	"529": { summary: "529, overloaded", refuse: refuseWith(529, overloaded) },
	"400": {
		summary: "400, the request is wrong",
		refuse: refuseWith(400, invalid("invalid_value", "a parameter is wrong")),
	},
	"401": {
		summary: "401, the key is wrong",
		refuse: refuseWith(401, invalid("invalid_api_key", "the key is wrong")),
	},
	"403": {
		summary: "403, the key may not use this model",
		refuse: refuseWith(403, invalid("model_not_allowed", "not allowed")),
	},
	"404": {
		summary: "404, there is no such model",
		refuse: refuseWith(404, invalid("model_not_found", "no such model")),
	},
	"413": {
		summary: "413, the request is too large",
		refuse: refuseWith(413, invalid("request_too_large", "too large")),
	},
	"context-length": {
		summary: "400, the prompt is longer than the window (see also window=N)",
		refuse: refuseWith(400, invalid("context_length_exceeded", "the prompt is longer than the window")),
	},
	"filter-request": {
		summary: "400, the content filter refuses the prompt",
		refuse: refuseWith(400, invalid("content_filter", "the prompt was filtered")),
	},
	"filter-outage-error": {
		summary: "500, the content filter itself failed and judged nothing",
		refuse: refuseWith(500, failed("content_filter_error", "the filter did not answer")),
	},
	"html-502": { summary: "502 with a proxy's HTML page", refuse: refusal.sendHtml(502, "502 Bad Gateway") },
	"html-200": {
		summary: "200 with an HTML page",
		refuse: refusal.sendHtml(200, "Please sign in to the network"),
	},
	"json-error-200": {
		summary: "200 with a JSON error in place of the answer",
		refuse: refusal.sendJsonErrorWithOk,
	},
	redirect: {
		summary: "307 to another host name (who follows is counted in /sim/stats)",
		refuse: refusal.redirect,
	},
	"gzip-bomb": { summary: "about 1 MB of gzip that becomes @MB (1024)", refuse: refusal.sendGzipBomb },
	refuse: { summary: "resets, then refuses connections for @MS (1000)", refuse: refusal.refuseConnection },
	"reset-before-headers": {
		summary: "accepts, then resets the connection before any header",
		refuse: refusal.resetBeforeHeaders,
	},
	hang: { summary: "accepts and never sends a header", refuse: refusal.hold },
	pings: { summary: "headers and a comment every @MS (1000), never a token", alter: breakFirst("pings") },
	late: { summary: "the first token comes after @MS (25000)", alter: alter.delayFirst },
	"error-first": {
		summary: "200, then an error event before any content",
		alter: breakFirst("error-event", serverError),
	},
	"error-first-throttled": {
		summary: "200, then a rate limit as an error event",
		alter: breakFirst("error-event", throttled),
	},
	"error-first-overloaded": {
		summary: "200, then overloaded as an error event",
		alter: breakFirst("error-event", overloaded),
	},
	reset: { summary: "TCP reset after @N tokens (half; also @last)", alter: breakAt("reset") },
	eof: { summary: "clean end of the body after @N tokens, no finish", alter: breakAt("end") },
	"eof-half-event": {
		summary: "clean end of the body within the event after @N tokens",
		alter: breakAt("half-event"),
	},
	error: {
		summary: "an error event after @N tokens, then the end",
		alter: breakAt("error-event", serverError),
	},
	stall: { summary: "silence after @N tokens", alter: breakAt("stall") },
	drip: { summary: "a token every @MS (1000)", alter: alter.drip },
	endless: {
		summary: "never ends (until 100 MB, two minutes or the client's leaving)",
		alter: alter.endless,
	},
	"bad-json": {
		summary: "an event that is not JSON after @N tokens, then goes on",
		alter: breakAt("bad-json"),
	},
	"split-bytes": { summary: "one byte per HTTP chunk", alter: set({ isBytewise: true }) },
	"big-delta": { summary: "one delta of 1 MB", alter: alter.bigDelta },
	"tiny-deltas": { summary: "50,000 deltas of one byte", alter: alter.tinyDeltas },
	empty: { summary: "a complete answer without any text", alter: alter.empty },
	"empty-choices": {
		summary: "events with empty choices between the others",
		alter: set({ hasEmptyChoices: true }),
	},
	"no-choices": { summary: "only events with empty choices", alter: set({ isChoiceless: true }) },
	"double-done": { summary: "[DONE] twice", alter: set({ doneMarks: 2 }) },
	"no-done": { summary: "no [DONE]", alter: set({ doneMarks: 0 }) },
	"no-finish": { summary: "no finish reason", alter: set({ finishReason: null }) },
	"usage-missing": { summary: "no usage, though it was asked for", alter: withReport(() => undefined) },
	"usage-null": { summary: "usage: null", alter: withReport(() => null) },
	"usage-zero": { summary: "all counts 0 (and billed so)", alter: withReport(() => everyCount(0)) },
	"usage-negative": { summary: "all counts -5", alter: withReport(() => everyCount(-5)) },
	"usage-huge": { summary: "counts of 10^15", alter: withReport(() => everyCount(1e15)) },
	"usage-over": { summary: "@N (3) times the true counts (and billed so)", alter: alter.overstate },
	"usage-cache-over": {
		summary:
			"@N (3) times the prompt read from a cache, and as much written (billed as far as there is prompt)",
		alter: alter.overstateCache,
	},
	"filter-response": {
		summary: "the content filter ends the answer after @N tokens",
		alter: alter.filterResponse,
	},
	"filter-outage": {
		summary: "the answer says that the content filter was down",
		alter: set({ isUnfiltered: true }),
	},
	"wrong-model": { summary: "the answer names another model", alter: set({ namedModel: "sim-other" }) },
};

/** @throws SimSpecError when no fault has this name. */
export function getFault(call: FaultCall): Fault {
	const fault = Object.hasOwn(faults, call.name) ? faults[call.name] : undefined;
	if (fault === undefined) throw new SimSpecError(`unknown fault "${call.name}"; GET /sim/faults lists them`);
	return fault;
}
